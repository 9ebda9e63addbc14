"""A progress bar stands on a terminal and nowhere else."""

from __future__ import annotations

import sys

from crm_ml.base.progress import progress, track


def test_nothing_is_written_when_the_output_is_no_terminal(capsys):
    with progress(2) as step:
        step("one")
        step("two")
    assert list(track([1, 2], "items")) == [1, 2]
    assert capsys.readouterr() == ("", "")


def test_a_bar_is_drawn_on_a_terminal_unless_quiet(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress(1, quiet=True) as step:
        step("quiet")
    assert capsys.readouterr().err == ""
    with progress(1) as step:
        step("train")
    assert list(track([1], "items")) == [1]


def test_a_job_speaks_for_what_runs_inside_it(monkeypatch, capsys):
    """Told to be quiet, no loop inside shows a bar of its own; afterwards loops may again."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress(1, quiet=True):
        assert list(track([1, 2], "labels")) == [1, 2]
    assert capsys.readouterr().err == ""
    assert list(track([1], "labels")) == [1]
    assert "labels" in capsys.readouterr().err
