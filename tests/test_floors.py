"""The walls of the house: imports point down, files and functions stay small, nothing is unpickled."""

import ast
import importlib.util
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import crm_ml

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(crm_ml.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE = 250
LONGEST_FUNCTION = 60
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def names(paths):
    return [str(path.relative_to(PACKAGE)) for path in paths]


def lint_imports(folder):
    """Run import-linter on the copy of the package in a folder."""
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def house(tmp_path):
    """A copy of the package whose walls may be broken."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(PACKAGE, tmp_path / "src" / "crm_ml", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_imports_point_down(house):
    """Every contract of pyproject.toml holds."""
    run = lint_imports(house)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("file", "planted"),
    [
        ("data/windows.py", "def planted():\n    from crm_ml.features import base\n    return base\n"),
        ("features/base.py", "from crm_ml.labels import stopped\n"),
        ("labels/stopped.py", "from crm_ml.features import base\n"),
        ("prediction/bundle.py", "from crm_ml.jobs import config\n"),
        ("features/base.py", "import duckdb\n"),
        ("features/base.py", "import lightgbm\n"),
        ("jobs/config.py", "import mlflow\n"),
        ("jobs/config.py", "import typer\n"),
        ("models/base.py", "import pyspark\n"),
        ("prediction/bundle.py", "import fastapi\n"),
    ],
)
def test_a_planted_import_is_found(house, file, planted):
    """The check is alive: an import in the wrong direction breaks it, inside a function too."""
    place = house / "src" / "crm_ml" / file
    place.write_text(place.read_text() + "\n\n" + planted)
    run = lint_imports(house)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "BROKEN" in run.stdout


def test_every_room_has_a_floor():
    """A new package cannot stand outside the contract."""
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = next(one["layers"] for one in contracts if one["type"] == "layers")
    assert rooms == {name.strip().removeprefix("crm_ml.") for floor in floors for name in floor.split("|")}


@pytest.mark.parametrize("path", SOURCES, ids=names(SOURCES))
def test_files_and_functions_are_small(path):
    """One idea a file, one step a function."""
    text = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    length = len(text.splitlines()) - sum(docstring_lines(node) for node in nodes)
    assert length <= LONGEST_FILE, f"{path} has {length} lines without docstrings"
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1 - docstring_lines(node)
            assert length <= LONGEST_FUNCTION, f"{path.name}: {node.name} has {length} lines"


def docstring_lines(node):
    """Length of a docstring, whose examples and references are welcome and not counted."""
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return 0
    first = node.body[0] if node.body else None
    is_text = isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str)
    return first.end_lineno - first.lineno + 1 if is_text else 0


def test_a_usual_file_is_short():
    """Half of all files fit on two screens, docstrings included."""
    assert statistics.median(len(path.read_text().splitlines()) for path in SOURCES) <= 150


FORBIDDEN = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "skops"}


@pytest.mark.parametrize("path", SOURCES, ids=names(SOURCES))
def test_nothing_is_pickled(path):
    """A model is data: no module that unpickles is imported, and no call that would do it for us."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported = {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported = {(node.module or "").split(".")[0]}
        else:
            imported = set()
        assert not imported & FORBIDDEN, f"{path}:{node.lineno}"
        if isinstance(node, ast.keyword):
            assert not (node.arg == "allow_pickle" and getattr(node.value, "value", True)), path
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"read_pickle", "to_pickle"}, f"{path}:{node.lineno}"


def test_dates_are_compared_in_one_module():
    """`day` meets a cutoff in data/windows.py only; elsewhere it would be a second opinion."""
    guilty = []
    for path in SOURCES:
        if path == PACKAGE / "data" / "windows.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if orders(node) and any(is_day_column(one) for one in [node.left, *node.comparators]):
                guilty.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert guilty == []


def orders(node):
    """Whether an expression says earlier or later; equality with an own first day is no window."""
    earlier_or_later = ast.Lt | ast.LtE | ast.Gt | ast.GtE
    return isinstance(node, ast.Compare) and any(isinstance(one, earlier_or_later) for one in node.ops)


def is_day_column(node):
    """Whether an expression is the column `day` of the log: ``nw.col("day")``."""
    return (
        isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "col"
        and [getattr(argument, "value", None) for argument in node.args] == ["day"]
    )


@pytest.mark.parametrize("path", SOURCES, ids=names(SOURCES))
def test_every_module_says_what_it_is_for(path):
    """A reader guesses the right file at the first try, and the first line says that it is."""
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_public_lists_are_true():
    """Whatever `__all__` names exists in the module (checked on the source)."""
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        listed = [node for node in tree.body if isinstance(node, ast.Assign) and targets(node) == ["__all__"]]
        if not listed or path.name == "__init__.py":
            continue
        public = set(ast.literal_eval(listed[0].value))
        assert public <= defined(tree), f"{path}: {public - defined(tree)}"


def targets(node):
    bound = [one for target in node.targets for one in getattr(target, "elts", [target])]
    return [getattr(one, "id", None) for one in bound]


def defined(tree):
    """Names bound at the top of a module."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found.update(targets(node))
        elif isinstance(node, ast.AnnAssign):
            found.add(node.target.id)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            found.update(alias.asname or alias.name for alias in node.names)
    return found


def test_no_machine_path_is_shipped():
    """The package runs anywhere: no absolute path of a developer's machine stands in it."""
    for path in [*SOURCES, *PACKAGE.rglob("*.yaml"), *(ROOT / "configs").glob("*.yaml")]:
        text = path.read_text(encoding="utf-8")
        for machine in ("/work/", "/home/", "/Users/", "/root/"):
            assert machine not in text, f"{path} holds {machine}"


def test_package_is_installed_as_it_stands():
    """The tests look at the checkout, not at another copy on the machine."""
    assert Path(importlib.util.find_spec("crm_ml").origin).parent == ROOT / "src" / "crm_ml"
