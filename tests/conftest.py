"""Fixtures and rules shared by all tests."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from crm_ml.jobs.train import TrainResult

ROOT = Path(__file__).resolve().parent.parent
ON_CI = os.environ.get("CI", "").lower() == "true"


# Spark's workers would take whatever `python3` stands first on the path.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)


def missing(what: str, hint: str) -> None:
    """Skip on a bare machine with the exact hint; fail under CI, where nothing may be missing."""
    message = f"{what} is missing: {hint}"
    if ON_CI:
        pytest.fail(message)
    pytest.skip(message)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Ask for what a test's marks need before it starts."""
    if item.get_closest_marker("spark") and not find_java():
        missing("Java", "install a Java 17 or 21 runtime and set JAVA_HOME, or use .ci/run")
    if item.get_closest_marker("chromium") and not find_chromium():
        missing("Chromium", "apt-get install chromium, or use .ci/run")
    if item.get_closest_marker("postgres") and not os.environ.get("CRM_ML_POSTGRES_URL"):
        missing("a PostgreSQL server", "set CRM_ML_POSTGRES_URL, or use .ci/run, which starts one")


def find_java() -> str | None:
    """Return the Java that Spark will use."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")


def find_chromium() -> str | None:
    """Return a browser that prints pages without a display."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program; use it in a test marked `chromium`."""
    return find_chromium() or ""


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A server to write to, as an SQLAlchemy address; use it in a test marked `postgres`."""
    return os.environ.get("CRM_ML_POSTGRES_URL", "")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder with real data, named by CRM_ML_DATA or beside the checkout."""
    folder = Path(os.environ.get("CRM_ML_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "cdnow.parquet").exists():
        missing(f"the folder with real data ({folder})", "set CRM_ML_DATA to it")
    return folder


@pytest.fixture(scope="session")
def _made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from crm_ml.tracking.store import open_store

    store = tmp_path_factory.mktemp("store") / "mlflow.db"
    open_store(store)
    return store


@pytest.fixture
def mlflow_store(_made_store: Path, tmp_path: Path) -> Path:
    """An empty tracking store; making one costs seconds, copying one costs nothing."""
    store = tmp_path / "a store" / "mlflow.db"
    store.parent.mkdir()
    return Path(shutil.copy(_made_store, store))


@pytest.fixture(scope="session")
def small_training(_made_store: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    """A real training on the CDNOW sample with two techniques: bundle, run and store."""
    from crm_ml.jobs.config import TrainConfig
    from crm_ml.jobs.train import train

    folder = tmp_path_factory.mktemp("small training")
    store = shutil.copy(_made_store, folder / "mlflow.db")
    config = {
        "data": {"dataset": "cdnow_sample"},
        "models": ["logistic", "decision_tree"],
        "tasks": ["stopped", "at_risk", "value"],
        "card": {"owner": "tests", "purpose": "testing"},
        "evaluation": {"replicates": 20},
        "out": str(folder / "models"),
        "tracking": {"store": str(store)},
    }
    return train(TrainConfig.model_validate(config), quiet=True)
