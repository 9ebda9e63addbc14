"""Files of one job appear together or not at all, and what a killed job left is cleared away."""

from __future__ import annotations

import json
import os
import socket

import pytest

from crm_ml.base.files import sha256_of
from crm_ml.jobs.outputs import manifest_path, written_together


def write(paths, word, about=None):
    with written_together(paths, about or {}) as staged:
        for path in staged:
            path.write_text(f"{word} {path.name}")


def test_several_files_get_a_manifest_with_their_hashes(tmp_path):
    """A reader can tell whether all parts belong to one list."""
    paths = [tmp_path / "list.csv", tmp_path / "parts" / "list.xlsx"]
    write(paths, "new", {"as_of": "2024-01-01"})
    manifest = json.loads(manifest_path(paths[0]).read_text())
    assert manifest["as_of"] == "2024-01-01"
    assert manifest["files"] == {"list.csv": sha256_of(paths[0]), "parts/list.xlsx": sha256_of(paths[1])}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["list.csv", "list.manifest.json", "parts"]


def test_one_file_needs_no_manifest(tmp_path):
    write([tmp_path / "list.csv"], "new")
    assert [one.name for one in tmp_path.iterdir()] == ["list.csv"]


def test_a_failure_leaves_the_old_files(tmp_path):
    """Even when the first file was complete already."""
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    write(paths, "old")
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}

    def fail_halfway():
        with written_together(paths, {}) as staged:
            staged[0].write_text("new")
            raise OSError(28, "disk full")

    with pytest.raises(OSError, match="full"):
        fail_halfway()
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


def test_what_a_killed_job_left_is_cleared_away(tmp_path):
    """The hidden folder of a process that is gone; never that of one that runs, or of another machine."""
    gone = tmp_path / f".crm_ml-{socket.gethostname()}-99999999-abc"
    runs = tmp_path / f".crm_ml-{socket.gethostname()}-{os.getpid()}-abc"
    elsewhere = tmp_path / ".crm_ml-elsewhere-99999999-abc"
    for folder in (gone, runs, elsewhere):
        folder.mkdir()
        (folder / "list.csv").write_text("half")
    write([tmp_path / "list.csv"], "new")
    assert (gone.exists(), runs.exists(), elsewhere.exists()) == (False, True, True)
