"""What an optional table beside the transactions must hold, and the check of its cells with row numbers.

Rows are counted from 1, the first one below the header, as in the quarantine.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from crm_ml.base.exceptions import InputError
from crm_ml.data.dates_in_text import candidates, decide_format, number_format

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TableColumn", "TableSchema", "check_table"]

_SHOWN_ROWS = 5
_TIME = r"[T ]\d{1,2}:\d{2}.*$"
Kind = Literal["text", "number", "day", "choice", "flag"]
_FLAGS = {
    "true": True,
    "yes": True,
    "ja": True,
    "1": True,
    "false": False,
    "no": False,
    "nee": False,
    "0": False,
}


@dataclass(frozen=True)
class TableColumn:
    """A column of an optional table.

    Parameters
    ----------
    name : str
        Its name in the table.
    kind : {"text", "number", "day", "choice", "flag"}
        What its cells are; a day is an ISO date or one written day first, a flag true or false, yes or no.
    meaning : str
        What it says, with its unit.
    required : bool
        Whether the table is of no use without it; its cells must then be filled too.
    may_be_empty : bool
        Whether cells of a required column may be empty.
    low, high : float, optional
        Range of a number, both ends included.
    choices : tuple of str
        Allowed words of a choice.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    may_be_empty: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableSchema:
    """An optional table: its name, what a row is, its columns.

    Parameters
    ----------
    name : str
        Name in a config and in :class:`~crm_ml.analysis.company.Company`.
    row : str
        What one row is.
    columns : tuple of TableColumn
        Known columns; others are kept as they are.
    key : tuple of str
        Required columns whose values stand together on one row only.
    """

    name: str
    row: str
    columns: tuple[TableColumn, ...]
    key: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the columns without which the table is of no use."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def summary(self) -> str:
        """The columns in one line: required ones first.

        Examples
        --------
        >>> TableSchema("quality_costs", "a row a level", (TableColumn("level", "text", "", required=True),
        ...     TableColumn("errors", "number", ""))).summary
        'level; errors: a row a level'
        """
        rest = [column.name for column in self.columns if not column.required]
        return f"{', '.join(self.needs)}{'; ' if rest else ''}{', '.join(rest)}: {self.row}"


def check_table(table: pd.DataFrame, schema: TableSchema) -> pd.DataFrame:
    """Return the table with typed cells: texts stripped, numbers as float64, days as Int64.

    Parameters
    ----------
    table : DataFrame
        A table that holds the required columns.
    schema : TableSchema
        What its columns are.

    Raises
    ------
    InputError
        When cells are empty, no number, out of range or an unknown word, or a key stands on two rows; one
        message names them all with their rows.

    Examples
    --------
    >>> import pandas as pd
    >>> score = TableColumn("score", "number", "the answer", required=True, low=0, high=10)
    >>> check_table(pd.DataFrame({"score": ["7,5", "11"]}), TableSchema("survey", "an answer", (score,)))
    Traceback (most recent call last):
    crm_ml.base.exceptions.InputError: the survey table has wrong cells (1 problem) – got: score not between 0
    and 10 in row 2 – correct or remove these rows
    """
    found, problems = table.copy(), []
    for column in schema.columns:
        if column.name in table.columns:
            cells = _stripped(table[column.name])
            found[column.name], wrong = _typed(cells, column, schema.name)
            problems += [
                f"{column.name} {what} in {_rows(mask)}" for what, mask in wrong.items() if mask.any()
            ]
            if column.required and not column.may_be_empty and cells.isna().any():
                problems.append(f"{column.name} empty in {_rows(cells.isna())}")
    if schema.key:
        twice = found.duplicated(list(schema.key)) & found[list(schema.key)].notna().all(axis=1)
        problems += [f"{' and '.join(schema.key)} seen before in {_rows(twice)}"] if twice.any() else []
    if problems:
        raise InputError.collected(
            problems, what=f"the {schema.name} table has wrong cells", do="correct or remove these rows"
        )
    return found


def _typed(
    cells: pd.Series[Any], column: TableColumn, table: str
) -> tuple[pd.Series[Any], dict[str, pd.Series[bool]]]:
    """Return the cells with the type of their column, and which are wrong, by what is wrong with them."""
    if column.kind == "number":
        return _numbers(cells, column)
    if column.kind == "day":
        return _days(cells, f"{table}.{column.name}")
    texts = _texts(cells)
    if column.kind == "flag":
        flags = texts.str.casefold().str.removesuffix(".0").map(_FLAGS).astype("boolean")
        return flags, {"neither yes nor no": flags.isna() & texts.notna()}
    if column.kind == "choice":
        allowed = ", ".join(column.choices)
        return texts, {f"not one of {allowed}": texts.notna() & ~texts.isin(column.choices)}
    return texts, {}


def _texts(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return cells as text; whole numbers that became 12.0 beside empty cells are written as 12."""
    known = cells.dropna()
    if cells.dtype.kind == "f" and bool((known % 1 == 0).all()):
        return cells.astype("Int64").astype("str").where(cells.notna())
    return cells.astype("str").where(cells.notna())


def _stripped(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return text without spaces around it, and empty text as missing."""
    import pandas as pd

    if not (pd.api.types.is_string_dtype(cells) or cells.dtype == object):
        return cells
    bare = cells.astype("object").map(lambda cell: cell.strip() if isinstance(cell, str) else cell)
    return bare.where(bare.notna() & (bare != ""), None)


def _numbers(
    cells: pd.Series[Any], column: TableColumn
) -> tuple[pd.Series[float], dict[str, pd.Series[bool]]]:
    import numpy as np
    import pandas as pd

    numbers = pd.to_numeric(cells, errors="coerce")
    if numbers.isna().sum() > cells.isna().sum():  # a decimal comma is how Dutch spreadsheets write a half
        numbers = pd.to_numeric(cells.astype("str").str.replace(",", ".", regex=False), errors="coerce")
    numbers = numbers.astype("float64")
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    limits = f"between {low:g} and {high:g}" if np.isfinite(high) else f"of at least {low:g}"
    finite = numbers.notna() & np.isfinite(numbers)
    return numbers, {
        "not a number": cells.notna() & ~finite,
        f"not {limits}": finite & ~numbers.between(low, high),
    }


def _days(cells: pd.Series[Any], written: str) -> tuple[pd.Series[Any], dict[str, pd.Series[bool]]]:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(cells) or cells.isna().all():
        moments = pd.to_datetime(_eight_digits(cells, written), format="%Y%m%d", errors="coerce")
    elif not (pd.api.types.is_string_dtype(cells) or cells.dtype == object):
        moments = pd.to_datetime(cells, errors="coerce")
    else:
        # A table has far fewer days than rows: each is read once.
        known = pd.Series(cells.dropna().unique(), dtype="object")
        read = _parsed(known.map(_without_time), written)
        moments = cells.map(dict(zip(known, read, strict=True))).astype(read.dtype)
    days = ((moments - pd.Timestamp(0)) // pd.Timedelta(days=1)).astype("Int64")
    return days, {"not a date": days.isna() & cells.notna()}


def _without_time(cell: object) -> str:
    return re.sub(_TIME, "", str(cell))


def _eight_digits(cells: pd.Series[Any], written: str) -> pd.Series[Any]:
    known = cells.dropna()
    if len(known):
        number_format(written, float(known.min()), float(known.max()))
    return cells.map(lambda cell: f"{cell:.0f}", na_action="ignore")


def _parsed(texts: pd.Series[Any], written: str) -> pd.Series[Any]:
    import pandas as pd

    try:
        formats = candidates(written, texts.dropna().tolist())
        read = {name: pd.to_datetime(texts, format=name, errors="coerce") for name in formats}
        return read[decide_format(written, *_fits(read))]
    except InputError as error:  # the rules of the transactions do not reach these tables
        raise InputError(error.what, got=error.got, do="write dates as 2024-12-31") from error


def _fits(read: dict[str, pd.Series[Any]]) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """Return how many rows each format reads, and each pair of formats."""
    known = {name: moments.notna() for name, moments in read.items()}
    fits = {name: int(rows.sum()) for name, rows in known.items()}
    pairs = itertools.combinations(known, 2)
    return fits, {(one, other): int((known[one] & known[other]).sum()) for one, other in pairs}


def _rows(mask: pd.Series[bool]) -> str:
    places = [place + 1 for place, wrong in enumerate(mask) if wrong]
    shown = ", ".join(map(str, places[:_SHOWN_ROWS]))
    more = f" and {len(places) - _SHOWN_ROWS:,} more" if len(places) > _SHOWN_ROWS else ""
    return f"row{'s' if len(places) > 1 else ''} {shown}{more}"
