"""What README.md tells a newcomer to type works as written."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language):
    """Code blocks of a language, in the order of the page."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return [code for found, code in BLOCK.findall(text) if found == language]


def commands():
    """Lines of the shell blocks that call crm-ml; `make` is what runs this test."""
    lines = "\n".join(blocks("bash")).replace("\\\n", " ").splitlines()
    return [line.split("#")[0].strip() for line in lines if line.startswith("crm-ml")]


@pytest.fixture
def workplace(tmp_path, data_folder, monkeypatch):
    """A folder with what the README takes for granted: configs, real data, and an orders.csv of one's own."""
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    monkeypatch.setenv("CRM_ML_DATA", str(data_folder))
    orders = pd.read_parquet(data_folder / "cdnow.parquet")
    tenth = orders[orders["customer_id"].astype(str).str.endswith("7")]
    tenth.to_csv(tmp_path / "orders.csv", index=False)
    return tmp_path


def test_the_page_shows_both_languages_and_the_two_commands():
    """A README without an example or without the two commands would pass the other tests for nothing."""
    assert blocks("python")
    shell = "\n".join(blocks("bash"))
    assert "make demo" in shell
    assert "make test" in shell


@pytest.mark.slow
def test_python_blocks_run(workplace):
    """The blocks run one after the other, as in one notebook."""
    code = "\n".join(blocks("python"))
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workplace,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.slow
def test_commands_run(workplace):
    """Each line works after those above it; <bundle> stands for what train printed last."""
    printed = ""
    for line in commands():
        words = shlex.split(line.replace("<bundle>", shlex.quote(printed)))
        command = [sys.executable, "-m", "crm_ml", *(os.path.expandvars(word) for word in words[1:])]
        run = subprocess.run(
            command, cwd=workplace, capture_output=True, text=True, check=False, env=os.environ
        )
        assert run.returncode == 0, f"{line}\n{run.stderr}"
        printed = run.stdout.strip().splitlines()[-1] if run.stdout.strip() else printed
