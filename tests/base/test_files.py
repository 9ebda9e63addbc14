"""Files are either the old ones or the new ones."""

from __future__ import annotations

import hashlib
import stat

import pytest

from crm_ml.base.files import atomic_path, sha256_of, write_bytes, write_text


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    target = write_text(tmp_path / "list.csv", "old")

    def fail_halfway():
        with atomic_path(target) as path:
            path.write_text("half of the new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_the_temporary_name_has_the_suffix_that_writers_look_at(tmp_path):
    with atomic_path(tmp_path / "list.xlsx") as path:
        assert path.suffix == ".xlsx"
        assert path.parent == tmp_path
        path.write_bytes(b"x")


def test_folders_are_made_and_files_are_readable_by_others(tmp_path):
    target = write_bytes(tmp_path / "new" / "folder" / "a.bin", b"abc")
    assert stat.S_IMODE(target.stat().st_mode) & 0o400
    assert sha256_of(target) == hashlib.sha256(b"abc").hexdigest()
