"""One table on one sheet: formats, widths, frozen header, filter; text is always text.

Rows are written in order and let go, so memory does not grow with the table. Nothing of the clock enters the
file: the same table gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

from crm_ml.base.exceptions import InputError
from crm_ml.base.files import atomic_path
from crm_ml.base.texts import text
from crm_ml.reporting.cells import Sizes, cell_writer, plain_cells, row_heights, verb
from crm_ml.reporting.shown import ShownColumn

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST_ROWS", "Block", "Book", "Parts", "check_rows", "open_book"]

Block: TypeAlias = "tuple[str, pd.DataFrame, Sequence[ShownColumn]]"
Parts: TypeAlias = "Callable[[], Iterable[pd.DataFrame]]"

MOST_ROWS = 1_048_575  # below the header
_LONGEST_TITLE = 31
_NOT_IN_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))

_INK, _HEADER_FILL, _RULE, _FAINT = "#1B2A38", "#E8EDF1", "#B9C4CE", "#E8EDF1"
_NUMBER_FORMATS: dict[str, str] = {
    "text": "@",
    "code": "@",
    "bool": "@",
    "int": "#,##0",
    "number": "#,##0.0",
    "probability": "0%",
    "date": "d mmm yyyy",
    "money": "#,##0",
    "cents": "#,##0.00",
    "fine": "#,##0.000",
    "as_it_is": "General",
}
_BLOCK_WIDTH = 64


class Book:
    """A workbook under construction; made by :func:`open_book`."""

    def __init__(self, workbook: Any, language: str) -> None:
        self.workbook = workbook
        self.language = language
        base = {"font_name": "Calibri", "font_size": 10, "font_color": _INK, "valign": "top"}
        cell = {**base, "bottom": 1, "bottom_color": _FAINT}
        self.formats = {
            kind: workbook.add_format({**cell, "num_format": form, "indent": int(form == "@")})
            for kind, form in _NUMBER_FORMATS.items()
        }
        self.wrapped = workbook.add_format({**cell, "num_format": "@", "text_wrap": True, "indent": 1})
        heading = {"bold": True, "bg_color": _HEADER_FILL, "bottom": 1, "bottom_color": _RULE}
        header = {**base, **heading, "text_wrap": True, "valign": "vcenter"}
        self.header = workbook.add_format({**header, "indent": 1})
        self.number_header = workbook.add_format({**header, "align": "right"})
        self.heading = workbook.add_format({**base, "bold": True, "font_size": 12})
        self.link = workbook.add_format({**base, "font_color": "#0072B2", "underline": 1})
        self.high = workbook.add_format({"bg_color": "#F6D5C5", "font_color": "#7A2E0E"})
        self.middle = workbook.add_format({"bg_color": "#FBEBC8", "font_color": "#6B4A00"})

    def title(self, wished: str) -> str:
        """Return a sheet title that spreadsheets accept and that is not taken yet."""
        cleaned = " ".join(wished.translate(_NOT_IN_TITLE).split())[:_LONGEST_TITLE] or "-"
        taken = {sheet.get_name().casefold() for sheet in self.workbook.worksheets()}
        title, number = cleaned, 2
        while title.casefold() in taken:
            suffix = f" ({number})"
            title, number = cleaned[: _LONGEST_TITLE - len(suffix)] + suffix, number + 1
        return title

    def new_sheet(self, wished: str) -> Any:
        """Add an empty sheet; its title is made acceptable and unique."""
        return self.workbook.add_worksheet(self.title(wished))

    def add_table(
        self,
        title: str,
        table: pd.DataFrame,
        columns: Sequence[ShownColumn],
        *,
        wrap: bool = False,
        print_to: str = "",
    ) -> Any:
        """Write a table on a sheet of its own, header frozen and filters on.

        Parameters
        ----------
        title : str
            Wished title of the sheet.
        table, columns
            What to write.
        wrap : bool
            Whether long texts break over lines; meant for sheets that people read, not for long ones.
        print_to : str
            Last column on paper; all visible ones when not given.

        Returns
        -------
        worksheet
            The sheet, for what is to stand beside the table.

        Raises
        ------
        InputError
            When the table has more rows than a sheet holds.
        """
        return self.add_parts(title, lambda: [table], columns, wrap=wrap, print_to=print_to)

    def add_parts(
        self,
        title: str,
        parts: Parts,
        columns: Sequence[ShownColumn],
        *,
        wrap: bool = False,
        print_to: str = "",
    ) -> Any:
        """Write a table that comes in parts on a sheet of its own; see :meth:`add_table`.

        Parameters
        ----------
        parts : callable
            Gives the parts in their order; called twice, first to see how large the numbers are.
        """
        sizes = _sizes(parts(), columns)
        rows = sizes[0].rows
        check_rows(rows)
        sheet = self.new_sheet(title)
        self._set_up(sheet, columns, rows, print_to)
        for position, column in enumerate(columns):
            sheet.write_string(0, position, column.header, self._header(column))
        top = 1
        for table in parts():
            writers = self._writers(sheet, table, columns, sizes, top, wrap=wrap)
            heights = row_heights(table, columns) if wrap else None
            for row in range(len(table)):
                if heights is not None:
                    sheet.set_row(row + top, heights[row])
                for write in writers:
                    write(row)
            top += len(table)
        self._mark_bands(sheet, columns, rows)
        return sheet

    def add_blocks(self, title: str, blocks: Sequence[Block]) -> None:
        """Write several small tables under each other, each below its heading."""
        sheet = self.new_sheet(title)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, _BLOCK_WIDTH)
        sheet.set_column(1, max([1, *(len(columns) for _, _, columns in blocks)]), 18)
        top = 0
        for heading, table, columns in blocks:
            sheet.write_string(top, 0, heading, self.heading)
            for position, column in enumerate(columns):
                sheet.write_string(top + 1, position, column.header, self._header(column))
            sizes = _sizes([table], columns)
            writers = self._writers(sheet, table, columns, sizes, top + 2, wrap=True)
            heights = row_heights(table, [replace(one, width=_BLOCK_WIDTH) for one in columns[:1]])
            for row in range(len(table)):
                sheet.set_row(row + top + 2, heights[row])
                for write in writers:
                    write(row)
            top += len(table) + 3
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)

    def _header(self, column: ShownColumn) -> Any:
        return self.number_header if column.is_number or column.kind == "date" else self.header

    def _set_up(self, sheet: Any, columns: Sequence[ShownColumn], rows: int, print_to: str) -> None:
        for position, column in enumerate(columns):
            folded = {"hidden": True, "level": 1} if column.hidden else {}
            sheet.set_column(position, position, column.width, None, folded)
        sheet.freeze_panes(1, _frozen(columns))
        sheet.autofilter(0, 0, max(rows, 1), len(columns) - 1)
        sheet.set_row(0, 32)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        last = next((i for i, column in enumerate(columns) if column.name == print_to), len(columns) - 1)
        sheet.print_area(0, 0, max(rows, 1), last)
        sheet.set_footer("&L&A&R&P / &N")
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{rows + 1}"})

    def _writers(
        self,
        sheet: Any,
        table: pd.DataFrame,
        columns: Sequence[ShownColumn],
        sizes: Sequence[Sizes],
        first_row: int,
        *,
        wrap: bool,
    ) -> list[Callable[[int], None]]:
        """Return for every column what writes its cell of a row; missing cells stay empty."""
        return [
            cell_writer(
                verb(sheet, column),
                plain_cells(table[column.name], column, self.language),
                (first_row, position),
                self.wrapped if wrap and column.kind == "text" else self.formats[size.format_name(column)],
            )
            for position, (column, size) in enumerate(zip(columns, sizes, strict=True))
        ]

    def _mark_bands(self, sheet: Any, columns: Sequence[ShownColumn], rows: int) -> None:
        for position, column in enumerate(columns):
            if column.name != "risk_band":
                continue
            for band, form in (("high", self.high), ("middle", self.middle)):
                shown = text(f"values.risk_band.{band}", self.language)
                rule = {"type": "cell", "criteria": "==", "value": f'"{shown}"', "format": form}
                sheet.conditional_format(1, position, max(rows, 1), position, rule)


@contextmanager
def open_book(path: str | PathLike[str], language: str, *, made_on: dt.date, title: str) -> Iterator[Book]:
    """Open a workbook that appears at `path` when everything has been written.

    Parameters
    ----------
    path : path
        The file.
    language : {"nl", "en"}
        Language of coded values.
    made_on : date
        Date in the document's properties, so that the clock stays out of the file.
    title : str
        Title in the document's properties.
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with atomic_path(path) as temporary:
        workbook = xlsxwriter.Workbook(str(temporary), options)
        created = dt.datetime.combine(made_on, dt.time())
        workbook.set_properties(
            {"title": title, "created": created, "comments": text("workbook.made_by", language)}
        )
        try:
            yield Book(workbook, language)
        finally:
            workbook.close()  # also after a failure: it holds files of rows, which only closing removes


def check_rows(rows: int) -> None:
    """Refuse a table that a sheet cannot hold.

    Raises
    ------
    InputError
        Above 1,048,575 rows.
    """
    if rows > MOST_ROWS:
        raise InputError(
            f"a sheet holds {MOST_ROWS:,} rows below its header",
            got=f"{rows:,} rows",
            do="write CSV or Parquet instead, or score a part of the customers",
        )


def _sizes(parts: Iterable[pd.DataFrame], columns: Sequence[ShownColumn]) -> list[Sizes]:
    found = [Sizes() for _ in columns]
    for table in parts:
        for column, size in zip(columns, found, strict=True):
            size.add(column, table)
    return found


def _frozen(columns: Sequence[ShownColumn]) -> int:
    """Keep the columns that say who it is in view: up to the customer's number."""
    names = [column.name for column in columns]
    return names.index("customer_id") + 1 if "customer_id" in names[:4] else 0
