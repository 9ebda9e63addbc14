"""Every notebook runs from top to bottom, and is kept without outputs."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def read(path):
    nbformat = pytest.importorskip("nbformat")
    return nbformat.read(path, as_version=4)


def test_there_is_a_first_look():
    """The notebook that a newcomer opens first exists."""
    assert "01_first_look.ipynb" in {path.name for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_kept_without_outputs(path):
    """Outputs are made, not stored: no stale numbers, no data in the repository, small diffs."""
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert not cell.outputs, f"{path.name}: clear the outputs"
            assert cell.execution_count is None


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(path, tmp_path, data_folder, monkeypatch):
    """Each cell runs without an error in a fresh kernel, in a folder of its own."""
    from nbclient import NotebookClient

    monkeypatch.setenv("CRM_ML_DATA", str(data_folder))
    notebook = read(path)
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
