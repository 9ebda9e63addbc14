"""The cells of a sheet: plain values by kind, how they are written, and how high their rows are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from crm_ml.base.texts import text
from crm_ml.prediction.columns import value_label
from crm_ml.reporting.shown import ShownColumn

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Sizes", "cell_writer", "plain_cells", "row_heights", "verb"]

_MOST_CHARACTERS = 32_767
_LINE_HEIGHT, _MOST_LINES, _FILLED = 13.5, 12, 1.05  # a width counts digits, letters are narrower
_SMALL_NUMBER = 10
_SMALL_MONEY = 1000  # columns whose largest amount stays below this show cents


def verb(sheet: Any, column: ShownColumn) -> Callable[..., int]:
    """Return the method of a sheet that writes such cells: never the one that guesses what text means."""
    if column.is_number:
        return cast("Callable[..., int]", sheet.write_number)
    return cast("Callable[..., int]", sheet.write_datetime if column.kind == "date" else sheet.write_string)


def cell_writer(
    write: Callable[..., int], cells: list[Any], start: tuple[int, int], form: Any
) -> Callable[[int], None]:
    """Return what writes the cell of a row below `start`; missing cells stay empty."""
    first_row, position = start

    def write_cell(row: int) -> None:
        if (cell := cells[row]) is not None:
            write(row + first_row, position, cell, form)

    return write_cell


def row_heights(table: pd.DataFrame, columns: Sequence[ShownColumn]) -> list[float]:
    """Return row heights for wrapped texts: not every spreadsheet works them out on opening."""
    lines = np.ones(len(table))
    for column in columns:
        if column.kind == "text" and not column.hidden and column.name in table:
            length = table[column.name].astype("str").str.len().fillna(0).to_numpy(dtype="float64")
            lines = np.maximum(lines, np.ceil(length / (column.width * _FILLED)))
    heights: list[float] = (_LINE_HEIGHT * np.minimum(lines, _MOST_LINES) + 2).tolist()
    return heights


class Sizes:
    """How large the numbers of a column are, over all its parts: that decides how they are shown."""

    def __init__(self) -> None:
        self.rows = 0
        self._largest, self._smallest = -np.inf, np.inf  # of the sizes, and of those above 0

    def add(self, column: ShownColumn, table: pd.DataFrame) -> None:
        """Look at the column in one more part of the table."""
        self.rows += len(table)
        if column.kind not in ("money", "number") or not len(table):
            return
        sizes = table[column.name].abs().to_numpy(dtype="float64", na_value=np.nan)
        self._largest = np.fmax(self._largest, np.fmax.reduce(sizes))
        self._smallest = np.fmin(self._smallest, np.fmin.reduce(np.where(sizes > 0, sizes, np.nan)))

    def format_name(self, column: ShownColumn) -> str:
        """Return the name of the number format: small amounts show cents, small numbers decimals."""
        if column.kind not in ("money", "number") or not self.rows:
            return column.kind
        known = np.isfinite(self._largest)
        if column.kind == "money":
            return "cents" if known and self._largest < _SMALL_MONEY else "money"
        if known and self._largest < _SMALL_NUMBER:
            return "fine"
        return "as_it_is" if known and self._smallest < 1 else "number"


def plain_cells(values: pd.Series, column: ShownColumn, language: str) -> list[Any]:
    """Return plain Python cells, None where missing."""
    import pandas as pd

    missing = values.isna().to_numpy(dtype=bool)
    if column.kind == "date":
        return [
            None if gone else cell.date() for gone, cell in zip(missing, pd.to_datetime(values), strict=True)
        ]
    if column.kind in ("int", "number", "money", "probability"):
        numbers = values.to_numpy(dtype="float64", na_value=float("nan"))
        finite = abs(numbers) < float("inf")
        return [cell if good else None for good, cell in zip(finite.tolist(), numbers.tolist(), strict=True)]
    codes = {value: _words(value, column, language) for value in values[~missing].unique()}
    return [None if gone else codes[cell] or None for gone, cell in zip(missing, values, strict=True)]


def _words(value: object, column: ShownColumn, language: str) -> str:
    if column.kind == "bool":
        return text(f"values.boolean.{'yes' if value else 'no'}", language)
    shown = value_label(column.name, value, language) if column.kind == "code" else str(value)
    return shown if len(shown) <= _MOST_CHARACTERS else f"{shown[: _MOST_CHARACTERS - 1]}…"
