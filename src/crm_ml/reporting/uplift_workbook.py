"""The report on a campaign as a workbook: whom to contact, whom not, everybody, then the proof."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import pandas as pd

from crm_ml.analysis.words import translated
from crm_ml.base.notes import said
from crm_ml.base.texts import LANGUAGES, text
from crm_ml.base.validation import check_choice
from crm_ml.prediction.uplift_list import UPLIFT_LIST, column_text
from crm_ml.reporting.blocks import result_columns, result_title
from crm_ml.reporting.sheets import Book, check_rows, open_book
from crm_ml.reporting.shown import ShownColumn
from crm_ml.reporting.uplift_page import UpliftReport, list_columns, named_features

__all__ = ["write_uplift_workbook"]


def write_uplift_workbook(report: UpliftReport, path: str | PathLike[str], *, language: str = "nl") -> Path:
    """Write list and proof as XLSX, atomically and the same bytes every time.

    Parameters
    ----------
    report : UpliftReport
        What there is to tell.
    path : path
        The file.
    language : {"nl", "en"}
        Language of labels and coded values.

    Raises
    ------
    InputError
        When the list has more than 1,048,575 rows.
    """
    check_choice(language, LANGUAGES, what="language")
    check_rows(len(report.table))
    title = text("uplift_notes.title", language)
    with open_book(path, language, made_on=report.as_of, title=title) as book:
        if len(report.table):
            _add_list(book, report, language)
        for result in map(named_features, report.results.values()):
            spoken = translated(result, language)
            _, shown, columns = result_columns(result.table, spoken.table)
            book.add_table(result_title(result, language), shown, columns)
        lines = [*report.verdict(language), *(said(one, language) for one in report.notes)]
        lines += [
            f"{result_title(one, language)}: {said(note, language)}"
            for one in report.results.values()
            for note in one.warnings
        ]
        _add_words(book, text("uplift_notes.verdict", language), lines, language)
        if len(report.table):
            _add_meanings(book, language)
    return Path(path)


def _add_list(book: Book, report: UpliftReport, language: str) -> None:
    table, columns = report.table, list_columns(language)
    group = table["contact_group"]
    for name, rows in {
        "call_list": table[group == "contact"],
        "holdout": table[group == "holdout"],
        "everybody": table,
    }.items():
        book.add_table(text(f"uplift_notes.{name}", language), rows.reset_index(drop=True), columns)


def _add_words(book: Book, title: str, lines: list[str], language: str) -> None:
    column = ShownColumn("words", text("uplift_notes.verdict", language), "text", 110)
    book.add_table(title, pd.DataFrame({"words": lines}), [column], wrap=True)


def _add_meanings(book: Book, language: str) -> None:
    rows = [
        (column_text(one, language), column_text(one, language, meaning=True), one.name)
        for one in UPLIFT_LIST
    ]
    widths = {"column": 32, "meaning": 100, "name_in_files": 26}
    columns = [ShownColumn(name, text(f"workbook.{name}", language), "text", widths[name]) for name in widths]
    table = pd.DataFrame(rows, columns=list(widths))
    book.add_table(text("workbook.meanings", language), table, columns, wrap=True)
