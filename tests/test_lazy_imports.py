"""The door stays light, and its three lists (table, type stub, what can be imported) agree."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import crm_ml

HEAVY = "mlflow lightgbm sklearn scipy numpy pandas duckdb narwhals pyarrow matplotlib polars pyspark"
PACKAGE = Path(crm_ml.__file__).parent


def modules_after(*arguments: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter holds after running crm_ml so."""
    code = (
        "import sys, runpy\n"
        "try:\n"
        f"    {arguments[0]}\n"
        "except SystemExit as stop:\n"
        "    assert not stop.code, stop.code\n"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.__stdout__)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "statement",
    [
        "import crm_ml",
        "import crm_ml; dir(crm_ml)",
        "sys.argv = ['crm-ml', '--help']; import crm_ml.cli.main; crm_ml.cli.main.run()",
        "sys.argv = ['crm-ml', 'train', '--help']; import crm_ml.cli.main; crm_ml.cli.main.run()",
        "sys.argv = ['crm-ml', '--version']; import crm_ml.cli.main; crm_ml.cli.main.run()",
    ],
)
def test_the_door_is_light(statement):
    """Neither the import nor any help text waits for a heavy package."""
    loaded = modules_after(statement)
    assert loaded.isdisjoint(HEAVY.split()), loaded & set(HEAVY.split())


@pytest.mark.parametrize("module", sorted(path for path in PACKAGE.rglob("__init__.py")), ids=str)
def test_package_doors_are_empty(module):
    """A package's __init__ is a docstring; only the top one has a table. No import happens on the way."""
    if module.parent == PACKAGE:
        return
    body = ast.parse(module.read_text()).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)


def stub() -> dict[str, str]:
    """Return name → module as the type stub says it."""
    found = {}
    for node in ast.parse((PACKAGE / "__init__.pyi").read_text()).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                assert alias.asname == alias.name  # `import X as X` is what re-exports
                found[alias.name] = node.module
    return found


def test_table_and_stub_agree():
    """A type checker sees exactly what runs."""
    assert stub() == {name: f"crm_ml.{home}" for name, home in crm_ml._HOME.items()}
    assert set(crm_ml.__all__) == {*crm_ml._HOME, "__version__"}


@pytest.mark.parametrize("name", crm_ml.__all__)
def test_every_public_name_is_there_and_documented(name):
    """Each name of the list can be used, and says what it is."""
    found = getattr(crm_ml, name)
    assert name in dir(crm_ml)
    assert name == "__version__" or found.__doc__


def test_an_unknown_name_is_an_attribute_error():
    """A typing mistake fails as on any module."""
    with pytest.raises(AttributeError, match="no attribute 'Windoow'"):
        crm_ml.Windoow  # noqa: B018


def test_version_is_the_distribution_s():
    """The number that bundles record is the one that pip shows."""
    from importlib.metadata import version

    assert crm_ml.__version__ == version("crm-ml")
