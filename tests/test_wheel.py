"""The wheel works where nothing but the wheel and its requirements is installed."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel built from this checkout, with the build tools of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, text=True)
    return next(folder.glob("*.whl"))


def test_contents(wheel):
    """Package data are in it (texts, type mark, stub); tests, configs and data sets are not."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {"crm_ml/py.typed", "crm_ml/__init__.pyi"} <= set(names)
    sources = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.y*ml")}
    assert sources <= set(names)
    assert all(name.startswith("crm_ml") for name in names)
    assert not [name for name in names if name.endswith((".csv", ".parquet", ".ipynb", ".db"))]


@pytest.mark.slow
def test_installed_into_an_empty_environment(wheel, tmp_path):
    """pip resolves the wheel's requirements from what it declares, and the command answers."""
    environment = tmp_path / "an empty environment"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "--constraint", str(ROOT / "constraints.txt"), str(wheel)], check=True, cwd=tmp_path
    )
    code = "import crm_ml; print(crm_ml.__file__); print(crm_ml.load_cdnow(sample=True).counts['customers'])"
    run = subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path)
    place, customers = run.stdout.split("\n")[:2]
    assert Path(place).is_relative_to(environment)
    assert customers == "2357"
    help_text = subprocess.run(
        [str(python), "-m", "crm_ml", "--help"], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    assert "train" in help_text.stdout
    subprocess.run([str(python), "-m", "pip", "check"], check=True, capture_output=True)
