"""Optional tables with a date: contacts, surveys, complaints, deliveries, each row on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd

from crm_ml.analysis.tables import plain_table
from crm_ml.base.exceptions import InputError
from crm_ml.data.windows import Window, within

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["dated_table", "day_numbers", "hours_between", "moments"]

_SHOWN_ROWS = 5
_HOUR = 3600.0


def dated_table(
    table: IntoFrame, *needs: str, name: str, date: str = "date", window: Window | None = None
) -> pd.DataFrame:
    """Return a table of any engine as pandas with the column ``day``, and only the rows of a period.

    Parameters
    ----------
    table : table
        Any engine; ``customer_id``, where there is one, becomes text.
    *needs : str
        Columns that it must have beside the date.
    name : str
        What a message calls it.
    date : str
        Column with the date: dates, timestamps, or ISO text. A table without it is used whole, since
        nothing says otherwise, unless `needs` asks for it.
    window : Window, optional
        Keep ``cutoff <= day < end``; rows without a date fall outside any period.

    Returns
    -------
    DataFrame
        The columns of the table and ``day`` (Int64, days since 1970-01-01; missing without a date).

    Raises
    ------
    ColumnError
        When a column is missing.
    InputError
        When a cell is no date; the message names rows.

    Examples
    --------
    >>> calls = pd.DataFrame({"customer_id": [7, 7], "date": ["2024-01-31", "2024-02-01"]})
    >>> dated_table(calls, name="contacts", window=Window("2024-02-01", 29))["customer_id"].tolist()
    ['7']
    """
    found = plain_table(table, *needs, name=name)
    if "customer_id" in found:
        found["customer_id"] = found["customer_id"].astype("str")
    if date not in found:
        return found.assign(day=pd.array([pd.NA] * len(found), dtype="Int64"))
    found["day"] = day_numbers(found, date, name=name)
    if window is None:
        return found
    kept: Any = within(nw.from_native(found).lazy(), window).collect().to_native()
    return pd.DataFrame(kept).reset_index(drop=True)


def day_numbers(table: pd.DataFrame, column: str, *, name: str) -> pd.Series[int]:
    """Return the integer day of each cell of a column of dates, missing where the cell is empty.

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
