"""Fixtures and rules shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ON_CI = os.environ.get("CI", "").lower() == "true"


def missing(what: str, hint: str) -> None:
    """Skip on a bare machine with the exact hint; fail under CI, where nothing may be missing."""
    message = f"{what} is missing: {hint}"
    if ON_CI:
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder with real data, named by CRM_ML_DATA or beside the checkout."""
    folder = Path(os.environ.get("CRM_ML_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "cdnow.parquet").exists():
        missing(f"the folder with real data ({folder})", "set CRM_ML_DATA to it")
    return folder
