"""Many results of analyses in one workbook and on one page, in the language of the reader."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from crm_ml.analysis.words import translated, word
from crm_ml.base.formats import format_date
from crm_ml.base.plotting import to_png
from crm_ml.base.result import Result
from crm_ml.base.texts import LANGUAGES, text
from crm_ml.base.validation import check_choice
from crm_ml.reporting.blocks import result_blocks, result_columns, result_title
from crm_ml.reporting.cells import row_heights
from crm_ml.reporting.cycle import by_step, indexes, step_title
from crm_ml.reporting.facts import result_facts
from crm_ml.reporting.page import Block, Page, Section, write_page
from crm_ml.reporting.sheets import Book, open_book
from crm_ml.reporting.shown import ShownColumn

__all__ = ["write_results_page", "write_results_workbook"]

_CONTENTS_WIDTHS = {
    "title": 38,
    "note": 60,
    "basis": 16,
    "count": 12,
    "period": 30,
    "formula": 60,
    "source": 40,
}
_LONGEST_COLUMN, _SHORTEST_COLUMN = 48, 11


def write_results_workbook(
    themes: Mapping[str, Sequence[Result]],
    path: str | PathLike[str],
    *,
    as_of: dt.date,
    title: str = "",
    language: str = "nl",
    notices: Sequence[str] = (),
) -> Path:
    """Write results as one workbook: contents with notes and formulas first, then a sheet a table.

    Parameters
    ----------
    themes : mapping of str to sequence of Result
        Results by theme, in their order.
    path : path
        The file; written atomically, the same bytes every time.
    as_of : date
        Reference date of the analyses; the date in the document's properties.
    title : str
        Title of the document; a general one when not given.
    language : {"nl", "en"}
        Language of labels, words and notes.
    notices : sequence of str
        What a reader must know before anything else.

    Raises
    ------
    InputError
        When the language is unknown, or a table has more rows than a sheet holds.
    """
    check_choice(language, LANGUAGES, what="language")
    with open_book(
        path, language, made_on=as_of, title=title or text("analysis_report.title", language)
    ) as book:
        contents = book.new_sheet(text("workbook.contents", language))
        ordered = by_step(themes)
        lines: list[tuple[str, dict[str, str]]] = [
            ("", {"title": text("analysis_report.notice", language), "note": notice}) for notice in notices
        ]
        for theme, results in ordered.items():
            heading = {"step": step_title(theme, language)}
            lines += [("", heading)] if ("", heading) not in lines else []
            lines += [line for result in results for line in _add_result(book, result, language)]
        _add_figures(book, _flat(ordered), language)
        _write_contents(book, contents, lines, language)
    return Path(path)


def write_results_page(
    themes: Mapping[str, Sequence[Result]],
    path: str | PathLike[str],
    *,
    as_of: dt.date,
    title: str = "",
    language: str = "nl",
    notices: Sequence[str] = (),
) -> Path:
    """Write results as one self-contained HTML page with a table of contents and pictures.

    Parameters
    ----------
    themes, path, as_of, title, language, notices
        As in :func:`write_results_workbook`.
    """
    check_choice(language, LANGUAGES, what="language")
    day = format_date(as_of, language)
    sections = {
        theme: Section(
            name=f"theme-{number}",
            title=_capital(word(theme, language)),
            blocks=tuple(_blocks(theme, results, language)),
            group=step_title(theme, language),
        )
        for number, (theme, results) in enumerate(by_step(themes).items(), start=1)
    }
    page = Page(
        language=language,
        title=title or text("analysis_report.title", language),
        subtitle=text("analysis_report.subtitle", language, as_of=day),
        sections=tuple(sections.values()),
        contents=text("report.contents", language),
        footer=text("report.footer", language, as_of=day),
        indexes=indexes(sections, language),
        notices=tuple(notices),
    )
    return write_page(page, path)


def _blocks(theme: str, results: Sequence[Result], language: str) -> Iterator[Block]:
    """Return the blocks of a theme; a result that is called like its theme needs no second heading."""
    for result in results:
        yield from result_blocks(result, language, heading=result.name != theme)


def _flat(themes: Mapping[str, Sequence[Result]]) -> Iterator[Result]:
    for results in themes.values():
        yield from results


def _add_result(book: Book, result: Result, language: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Write the sheets of a result; yield for the contents the sheet that holds each line, and the line."""
    said = translated(result, language)
    title = result_title(result, language)
    about = {
        "title": title,
        "note": "\n".join(said.warnings),
        **result_facts(said, language),
        "formula": str(said.formula),
        "source": said.source,
    }
    if not len(result.table):
        yield "", about
    else:
        line = _facts_line(said, language)
        sheet = _add_sheet(book, title, result.table, said.table, line)
        if result.plotter is not None:
            png = io.BytesIO(to_png(result.plot(language)))
            place = result.table.reset_index().shape[1] + 1
            sheet.insert_image(1, place, f"{result.name}.png", {"image_data": png, "description": title})
        yield sheet.get_name(), about
    for name, table in result.tables.items():
        if len(table):
            caption = f"{title} – {word(name, language)}"
            line = _facts_line(said, language)
            yield _add_sheet(book, caption, table, said.tables[name], line).get_name(), {"title": caption}


def _add_sheet(book: Book, title: str, table: pd.DataFrame, shown: pd.DataFrame, line: str) -> Any:
    """Write a table on a sheet, and below it what its numbers are."""
    table, shown, columns = result_columns(table, shown)
    sheet = book.add_table(title, shown, [_sized(column, shown[column.name]) for column in columns])
    sheet.write_string(len(shown) + 2, 0, line)
    return sheet


def _facts_line(said: Result, language: str) -> str:
    facts = result_facts(said, language).items()
    return " · ".join(f"{text(f'workbook.{name}', language)}: {fact}" for name, fact in facts)


def _sized(column: ShownColumn, cells: pd.Series) -> ShownColumn:
    longest = cells.head(200).astype("str").str.len().max() if column.kind == "text" and len(cells) else 0
    width = max(_SHORTEST_COLUMN, len(column.header) + 2, 0 if pd.isna(longest) else int(longest))
    return replace(column, width=min(width, _LONGEST_COLUMN))


def _add_figures(book: Book, results: Iterator[Result], language: str) -> None:
    """Collect the single numbers of all results on one sheet."""
    facts = ("basis", "count", "period")
    rows = [
        (result_title(result, language), name, float(value), *(known.get(fact, "") for fact in facts))
        for result in results
        for said in (translated(replace(result, table=pd.DataFrame(), tables={}), language),)
        for known in (result_facts(said, language),)
        for name, value in said.figures.items()
    ]
    columns = [
        ShownColumn("title", text("workbook.title", language), "text", 38),
        ShownColumn("item", text("workbook.item", language), "text", 44),
        ShownColumn("value", text("workbook.value", language), "number", 16),
        *(ShownColumn(fact, text(f"workbook.{fact}", language), "text", 20) for fact in facts),
    ]
    book.add_table(
        text("workbook.figures", language), pd.DataFrame(rows, columns=[one.name for one in columns]), columns
    )


def _write_contents(
    book: Book, sheet: Any, lines: Sequence[tuple[str, dict[str, str]]], language: str
) -> None:
    columns = [
        ShownColumn(name, text(f"workbook.{name}", language), "text", width)
        for name, width in _CONTENTS_WIDTHS.items()
    ]
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.header, book.header)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    heights = row_heights(pd.DataFrame([about for _, about in lines]), columns) if lines else []
    for row, (target, about) in enumerate(lines, start=1):
        sheet.set_row(row, heights[row - 1])
        if "step" in about:
            sheet.write_string(row, 0, about["step"], book.header)
        elif target:
            sheet.write_url(row, 0, f"internal:'{target}'!A1", book.link, about["title"])
        else:
            sheet.write_string(row, 0, about["title"], book.wrapped)
        for place, name in enumerate(_CONTENTS_WIDTHS):
            if place and about.get(name):
                sheet.write_string(row, place, about[name], book.wrapped)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
