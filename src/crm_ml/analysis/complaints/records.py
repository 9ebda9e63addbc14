"""The complaints as known at the reference date: how long each took, and whether that was in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.checked import checked_table
from crm_ml.analysis.words import Note
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_positive
from crm_ml.data.optional_tables import COMPLAINTS
from crm_ml.data.windows import DateLike, as_day

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["HANDLED", "read_complaints"]

HANDLED = ("in_time", "late", "running")
_SHOWN_ROWS = 5


def read_complaints(
    complaints: IntoFrame, *, norm_days: int = 14, as_of: DateLike | None = None
) -> tuple[pd.DataFrame, list[Note]]:
    """Return the complaints that came in before the reference date.

    Parameters
    ----------
    complaints : table
        See :data:`~crm_ml.data.optional_tables.COMPLAINTS`.
    norm_days : int
        Days within which a complaint should be resolved.
    as_of : date-like, optional
        First day that is not seen; a complaint resolved later was still open. By default the day after the
        last date in the table.

    Returns
    -------
    tuple of (DataFrame, list of Note)
        ``customer_id, opened`` (day number), ``kind, category, cause, cost`` (0 where none is stated),
        ``days`` (missing while open), ``handled``: ``in_time``, ``late`` (also open for longer than the norm)
        or ``running`` (open, and still within the norm).

    Raises
    ------
    InputError
        When a complaint was resolved before it came in; the message names rows.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "b", "c"], "opened": ["2024-01-01"] * 3,
    ...     "closed": ["2024-01-05", "2024-02-20", None]})
    >>> read_complaints(table, as_of="2024-01-10")[0]["handled"].tolist()
    ['in_time', 'running', 'running']
    """
    check_positive(norm_days, what="norm_days")
    rows, notes = checked_table(complaints, COMPLAINTS, as_of=as_of, date="opened")
    found = rows.copy()
    for name, nothing in (("kind", "unknown"), ("category", "–"), ("cause", "–")):
        found[name] = found[name].fillna(nothing) if name in found else nothing
    found["cost"] = found["cost"].fillna(0.0) if "cost" in found else 0.0
    closed = found["closed"] if "closed" in found else pd.Series(pd.NA, index=found.index, dtype="Int64")
    days = (closed - found["opened"]).astype("Float64").astype("float64")
    _check_order(days)
    end = _last_day(found, closed) + 1 if as_of is None else as_day(as_of)
    age = (end - found["opened"]).astype("float64")
    found["days"] = days.where(days < age)
    found["handled"] = "in_time"
    found.loc[(found["days"].fillna(age) > norm_days), "handled"] = "late"
    found.loc[found["days"].isna() & (age <= norm_days), "handled"] = "running"
    return found, notes


def _last_day(found: pd.DataFrame, closed: pd.Series[int]) -> int:
    latest = pd.concat([found["opened"], closed]).max()
    return 0 if pd.isna(latest) else int(latest)


def _check_order(days: pd.Series[float]) -> None:
    if (days < 0).any():
        places = ", ".join(str(place + 1) for place in days.index[days < 0][:_SHOWN_ROWS])
        raise InputError(
            "complaints resolved before they came in",
            got=f"{int((days < 0).sum())} rows, such as {places}",
            do="exchange or correct opened and closed",
        )
