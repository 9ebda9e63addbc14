"""Sheets: titles that every spreadsheet accepts, and files that appear whole or not at all."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pandas as pd
import pytest

from crm_ml.reporting.sheets import open_book
from crm_ml.reporting.shown import ShownColumn

AS_OF = dt.date(2024, 7, 1)
TEXT = [ShownColumn("a", "a", "text")]


def test_titles_are_cleaned_shortened_and_unique(tmp_path):
    """Excel refuses a whole file for one bad sheet name."""
    wished = ["a/b:c*[d]?'e'", "x" * 40, "x" * 40, "X" * 40, "", "'"]
    with open_book(tmp_path / "a.xlsx", "en", made_on=AS_OF, title="t") as book:
        for title in wished:
            book.add_table(title, pd.DataFrame({"a": ["1"]}), TEXT)
    names = openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames
    assert names == ["a b c d e", "x" * 31, "x" * 27 + " (2)", "X" * 27 + " (3)", "-", "- (2)"]


def test_a_failure_leaves_no_file(tmp_path):
    """No half workbook for somebody to call from."""

    def fail_half_way():
        with open_book(tmp_path / "a.xlsx", "en", made_on=AS_OF, title="t") as book:
            book.add_table("a", pd.DataFrame({"a": ["1"]}), TEXT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert not list(tmp_path.iterdir())


def test_hard_cells_survive(tmp_path):
    """Long texts are cut with a mark, control characters do no harm, infinite numbers stay empty."""
    table = pd.DataFrame({"a": ["y" * 40_000, "bell\x07", "\ufffd🛒"], "b": [float("inf"), 1.5, None]})
    columns = [*TEXT, ShownColumn("b", "b", "number")]
    with open_book(tmp_path / "a.xlsx", "en", made_on=AS_OF, title="t") as book:
        book.add_table("a", table, columns)
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert len(sheet["A2"].value) == 32_767
    assert sheet["A2"].value.endswith("…")
    assert [sheet[f"B{row}"].value for row in (2, 3, 4)] == [None, 1.5, None]


def test_long_texts_get_the_height_they_need(tmp_path):
    """Not every spreadsheet works out row heights on opening."""
    table = pd.DataFrame({"a": ["short", "word " * 30]})
    with open_book(tmp_path / "a.xlsx", "en", made_on=AS_OF, title="t") as book:
        book.add_table("a", table, [ShownColumn("a", "a", "text", 20)], wrap=True)
    heights = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0].row_dimensions
    assert heights[3].height > 4 * heights[2].height
