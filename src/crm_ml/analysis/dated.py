"""Optional tables with a date: contacts, surveys, complaints, deliveries, each row on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd

from crm_ml.analysis.tables import plain_table
from crm_ml.base.exceptions import InputError
from crm_ml.data.table_schema import TableSchema, check_table
from crm_ml.data.windows import Window, within

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["dated_table", "day_numbers", "hours_between", "moments"]

_SHOWN_ROWS = 5
_HOUR = 3600.0


def dated_table(
    table: IntoFrame, schema: TableSchema, *needs: str, date: str = "date", window: Window | None = None
) -> pd.DataFrame:
    """Return the rows of an optional table that fall in a period, with typed cells and the column ``day``.

    Parameters
    ----------
    table : table
        Any engine.
    schema : TableSchema
        What it must hold.
    *needs : str
        Columns that this analysis needs beside the required ones.
    date : str
        Column with the day.
    window : Window, optional
        Keep ``cutoff <= day < end``; rows without a day fall outside any period. A table without the column
        is used whole, unless `needs` asks for it: nothing says when its rows were.

    Returns
    -------
    DataFrame
        The columns of the table and ``day`` (Int64, days since 1970-01-01; missing without a date). The index
        is the place of a row in the table.

    Raises
    ------
    ColumnError
        When a column is missing.
    InputError
        When cells are wrong; the message names rows.

    Examples
    --------
    >>> from crm_ml.data.contact_tables import CONTACTS
    >>> calls = pd.DataFrame({"customer_id": [7, 7], "date": ["2024-01-31", "2024-02-01"]})
    >>> dated_table(calls, CONTACTS, window=Window("2024-02-01", 29))["customer_id"].tolist()
    ['7']
    """
    raw = plain_table(table, *schema.needs, *needs, name=schema.name)
    found = check_table(raw, schema).reset_index(drop=True)
    if date not in found:
        return found.assign(day=pd.array([pd.NA] * len(found), dtype="Int64"))
    is_day = any(column.name == date and column.kind == "day" for column in schema.columns)
    found["day"] = found[date].astype("Int64") if is_day else day_numbers(found, date, name=schema.name)
    if window is None:
        return found
    found["place"] = found.index
    kept: Any = within(nw.from_native(found[["day", "place"]]).lazy(), window).collect().to_native()
    return found[found["place"].isin(kept["place"])].drop(columns="place").reset_index(drop=True)


def day_numbers(table: pd.DataFrame, column: str, *, name: str) -> pd.Series[int]:
    """Return the integer day of each cell of a column of moments, missing where the cell is empty.

    Raises
    ------
    InputError
        When a cell is no date.
    """
    found = moments(table, column, name=name)
    days: Any = (found - pd.Timestamp(0)) // pd.Timedelta(days=1)
    numbers: pd.Series[int] = days.astype("Int64")
    return numbers


def moments(table: pd.DataFrame, column: str, *, name: str) -> pd.Series[pd.Timestamp]:
    """Return a column as moments in time, missing where the cell is empty.

    Examples
    --------
    >>> moments(pd.DataFrame({"opened": ["2024-01-31 09:30", ""]}), "opened", name="helpdesk").isna().tolist()
    [False, True]

    Raises
    ------
    InputError
        When a cell is no date; the message names rows.
    """
    cells = table[column]
    if cells.dtype == object or pd.api.types.is_string_dtype(cells):
        cells = cells.where(cells.astype("str").str.strip() != "")
    read = pd.to_datetime(cells, errors="coerce", format="ISO8601")
    wrong = read.isna() & cells.notna()
    if wrong.any():
        where = ", ".join(str(row) for row in table.index[wrong][:_SHOWN_ROWS])
        raise InputError(
            f"the column {column!r} of the {name} table must hold dates",
            got=f"{int(wrong.sum())} others, at {where}",
            do="write them as 2011-06-01",
        )
    return read.dt.tz_localize(None) if getattr(read.dt, "tz", None) is not None else read


def hours_between(table: pd.DataFrame, start: str, end: str, *, name: str) -> pd.Series[float]:
    """Return the hours from one moment to the next, missing where one of them is.

    Raises
    ------
    InputError
        When an end lies before its start.
    """
    hours = (moments(table, end, name=name) - moments(table, start, name=name)).dt.total_seconds() / _HOUR
    wrong = hours < 0
    if wrong.any():
        where = ", ".join(str(row) for row in table.index[wrong][:_SHOWN_ROWS])
        raise InputError(
            f"{end!r} lies before {start!r} in the {name} table",
            got=f"{int(wrong.sum())} rows, at {where}",
            do="correct these cells",
        )
    return hours
