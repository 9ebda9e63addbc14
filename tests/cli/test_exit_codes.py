"""Schedulers act on exit codes, so the page that documents them cannot lag behind."""

from pathlib import Path

from crm_ml.cli.exit_codes import ExitCode, as_markdown

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "exit_codes.md"


def test_the_page_holds_the_table_of_the_code():
    """The documented table is the code's own."""
    assert as_markdown() in PAGE.read_text(encoding="utf-8")


def test_conventional_numbers():
    """0 is success, 2 is a usage error (as typer itself says it), 130 is Ctrl-C."""
    assert (ExitCode.DONE, ExitCode.WRONG_INPUT, ExitCode.INTERRUPTED) == (0, 2, 130)
