"""Refused rows appear beside the output when a job went well, and never otherwise."""

from __future__ import annotations

import pytest

from crm_ml.base.exceptions import FileError
from crm_ml.jobs.refused_rows import check_folder, refused_rows

ROWS = "row,reason\n3,date unreadable\n"


def write(target, text):
    with refused_rows(target) as place:
        place.write_text(text, encoding="utf-8")


def test_rows_are_put_beside_the_output(tmp_path):
    write(tmp_path / "out" / "quarantine.csv", ROWS)
    assert (tmp_path / "out" / "quarantine.csv").read_text() == ROWS


def test_a_job_that_stops_leaves_the_old_file_and_makes_no_folder(tmp_path):
    def fail(target):
        with refused_rows(target) as place:
            place.write_text(ROWS, encoding="utf-8")
            raise ValueError

    old = tmp_path / "quarantine.csv"
    old.write_text("old")
    for target in (old, tmp_path / "out" / "quarantine.csv"):
        with pytest.raises(ValueError):
            fail(target)
    assert old.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["quarantine.csv"]


def test_without_refused_rows_nothing_is_made_and_an_older_file_is_emptied(tmp_path):
    write(tmp_path / "out" / "quarantine.csv", "row,reason\n")
    assert not (tmp_path / "out").exists()
    old = tmp_path / "quarantine.csv"
    old.write_text(ROWS)
    write(old, "row,reason\n")
    assert old.read_text() == "row,reason\n"


def test_a_folder_that_is_a_file_is_refused_before_the_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="is a file"):
        check_folder(tmp_path / "file" / "below")
