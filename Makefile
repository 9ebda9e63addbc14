# Verbs of this repository; `make help` lists them.
# Everything runs as `.venv/bin/python -m …` with relative paths, so the checkout may stand in a folder whose
# name holds spaces (the first line of a console script may not).

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	2>/dev/null && echo "$$python" && break; done)
WORKERS ?= 2
RUN := .venv/bin/python
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# One thread a worker: two workers with two threads each on two cores only wait for each other.
PYTEST := OMP_NUM_THREADS=1 $(RUN) -m pytest --numprocesses $(WORKERS) --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast lint format notebooks audit clean

help:  ## list the verbs
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: .venv/installed  ## run the main job on real CDNOW data; look in crm-demo/
	$(RUN) -m crm_ml demo --out crm-demo

test: lint  ## run everything: linters, types, floors, tests, doctests, README, notebooks, wheel
	$(PYTEST)

test-fast: .venv/installed-test  ## run the tests that take seconds
	$(PYTEST) -m "not slow"

lint: .venv/installed-test  ## check style, types and the direction of imports
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

format: .venv/installed-test  ## mend style where a machine can
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

notebooks: .venv/installed-test  ## execute the notebooks
	$(RUN) -m pytest tests/test_notebooks.py

audit: .venv/installed-test  ## look for known weaknesses in the packages we use (needs the network)
	$(INSTALL) --editable ".[audit]"
	$(RUN) -m pip_audit --skip-editable

clean:  ## remove what the verbs made, except .venv
	rm -rf build dist crm-demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 with venv is needed;" \
		"name it: make PYTHON=/path/to/python3.12" >&2; exit 2; }
	"$(PYTHON)" -m venv .venv

# Stamps: install again only when the requirements changed.
.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) --editable .
	@touch $@

.venv/installed-test: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) --editable ".[test]"
	@touch .venv/installed $@
