"""The one rule, in the only module that compares dates.

Everything is a function of transactions up to a cutoff: features see ``day < cutoff``, labels see
``cutoff <= day < cutoff + horizon``. A row exactly on the cutoff belongs to the future.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from crm_ml.base.exceptions import InputError, WindowError
from crm_ml.base.formats import format_date
from crm_ml.base.notes import Note, Wording
from crm_ml.base.validation import check_positive

if TYPE_CHECKING:
    import narwhals as nw
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = [
    "DateLike",
    "Window",
    "as_date",
    "as_day",
    "before",
    "between",
    "check_lag",
    "check_not_before",
    "check_observed",
    "closed_cutoff",
    "is_before",
    "is_observed",
    "rolling_windows",
    "within",
]

DateLike: TypeAlias = "str | dt.date | dt.datetime | int"
_EPOCH = dt.date(1970, 1, 1).toordinal()


def as_day(moment: DateLike) -> int:
    """Return the integer day (days since 1970-01-01) of a date, an ISO string or a day number.

    Raises
    ------
    InputError
        When the text is not an ISO date such as ``2011-06-01``.

    Examples
    --------
    >>> as_day("1970-01-02")
    1
    """
    if isinstance(moment, dt.date):  # a datetime is a date too
        return moment.toordinal() - _EPOCH
    if isinstance(moment, str):
        try:
            return dt.date.fromisoformat(moment[:10]).toordinal() - _EPOCH
        except ValueError as error:
            raise InputError("not a date", got=repr(moment), do="write it as 2011-06-01") from error
    return int(moment)


def as_date(day: int) -> dt.date:
    """Return the date of an integer day.

    Examples
    --------
    >>> as_date(1)
    datetime.date(1970, 1, 2)
    """
    return dt.date.fromordinal(day + _EPOCH)


@dataclass(frozen=True, order=True)
class Window:
    """A cutoff and the period after it in which labels are observed.

    Parameters
    ----------
    cutoff : date-like
        First day of the future.
    horizon_days : int
        Length of the label period in days.

    Examples
    --------
    >>> window = Window("2011-06-01", 90)
    >>> window.cutoff, window.end
    (datetime.date(2011, 6, 1), datetime.date(2011, 8, 30))
    """

    cutoff: dt.date
    horizon_days: int

    def __init__(self, cutoff: DateLike, horizon_days: int) -> None:
        check_positive(horizon_days, what="horizon_days")
        object.__setattr__(self, "cutoff", as_date(as_day(cutoff)))
        object.__setattr__(self, "horizon_days", int(horizon_days))

    @property
    def cutoff_day(self) -> int:
        """The cutoff as an integer day."""
        return as_day(self.cutoff)

    @property
    def end_day(self) -> int:
        """The first integer day after the horizon."""
        return self.cutoff_day + self.horizon_days

    @property
    def end(self) -> dt.date:
        """The first day after the horizon."""
        return as_date(self.end_day)


def before(log: nw.LazyFrame[Any], cutoff: DateLike) -> nw.LazyFrame[Any]:
    """Keep the rows that were known at the cutoff: ``day < cutoff``."""
    import narwhals as nw

    return log.filter(nw.col("day") < as_day(cutoff))


def between(log: nw.LazyFrame[Any], start: DateLike, end: DateLike) -> nw.LazyFrame[Any]:
    """Keep the rows with ``start <= day < end``."""
    import narwhals as nw

    return log.filter((nw.col("day") >= as_day(start)) & (nw.col("day") < as_day(end)))


def within(log: nw.LazyFrame[Any], window: Window) -> nw.LazyFrame[Any]:
    """Keep the rows of the label period: ``cutoff <= day < cutoff + horizon``."""
    return between(log, window.cutoff_day, window.end_day)


@overload
def is_before(days: pd.Series[Any], cutoff: DateLike) -> pd.Series[bool]: ...
@overload
def is_before(days: npt.NDArray[np.int64], cutoff: DateLike) -> npt.NDArray[np.bool_]: ...
def is_before(days: Any, cutoff: DateLike) -> Any:
    """Return for each day number whether it was known at the cutoff; a missing day was not."""
    known = days < as_day(cutoff)
    return known.fillna(False).astype(bool) if hasattr(known, "fillna") else known


def is_observed(tx: Transactions, window: Window) -> bool:
    """Whether the label period has passed: its last day is one of the log."""
    return window.end_day <= as_day(tx.last_day) + 1


def check_observed(tx: Transactions, window: Window) -> None:
    """Refuse a window whose label period is not fully observed, or that nothing precedes.

    Raises
    ------
    WindowError
        When the period runs past the last observed day, or the cutoff is not after the first one.
    """
    span = f"data from {tx.first_day} to {tx.last_day}"
    if window.cutoff_day <= as_day(tx.first_day):
        raise WindowError(
            f"nothing precedes the cutoff {window.cutoff}", got=span, do="choose a later cutoff"
        )
    if not is_observed(tx, window):
        raise WindowError(
            f"the horizon of {window.horizon_days} days after {window.cutoff} is not fully observed",
            got=span,
            do=f"choose a cutoff no later than {closed_cutoff(tx, window.horizon_days)}",
        )


def check_not_before(as_of: DateLike, cutoff: DateLike) -> int:
    """Return the day of `as_of`, refused when it lies before the cutoff that models were trained at.

    Raises
    ------
    WindowError
        When it does: the models would have seen the future that they are to predict.
    """
    if as_day(as_of) < as_day(cutoff):
        raise WindowError(
            f"{as_date(as_day(as_of))} lies before the training cutoff {as_date(as_day(cutoff))}",
            do="score a later date, or train on the data before that date",
        )
    return as_day(as_of)


def check_lag(tx: Transactions, as_of: DateLike, *, most_days: int | None, horizon_days: int) -> str:
    """Return a warning when the data end long before `as_of`; empty when they do not.

    Parameters
    ----------
    tx : Transactions
        The log to be scored.
    as_of : date-like
        First day of the future.
    most_days : int, optional
        Days that may be missing before `as_of`; no limit when not given.
    horizon_days : int
        A warning is given beyond one horizon.

    Raises
    ------
    WindowError
        When more than `most_days` are missing.
    """
    lag, day = as_day(as_of) - as_day(tx.last_day) - 1, as_date(as_day(as_of))
    if most_days is not None and lag > most_days:
        raise WindowError(
            f"the data end {lag} days before {day}",
            got=f"last day {tx.last_day}, {most_days} days allowed",
            do="bring the data up to date, or raise max_lag_days",
        )
    values = {"days": lag, "day": Wording(str(day), format_date(day, "nl"))}
    return Note("list_notes.data_end", values) if lag > horizon_days else ""


def closed_cutoff(tx: Transactions, horizon_days: int) -> dt.date:
    """Return the latest cutoff whose label period is fully observed."""
    return as_date(as_day(tx.last_day) + 1 - horizon_days)


def rolling_windows(
    tx: Transactions,
    n: int,
    *,
    horizon_days: int,
    stride_days: int | None = None,
    min_history_days: int | None = None,
    latest: DateLike | None = None,
) -> Sequence[Window]:
    """Return up to `n` closed windows, oldest first, each `stride_days` apart.

    Parameters
    ----------
    tx : Transactions
        The log that must cover every window.
    n : int
        How many windows at most; fewer when the history is short.
    horizon_days : int
        Length of each label period.
    stride_days : int, optional
        Distance between cutoffs; `horizon_days` when not given (label periods do not overlap).
    min_history_days : int, optional
        Days of history that must precede a cutoff; `horizon_days` when not given.
    latest : date-like, optional
        Latest cutoff; the latest closed one when not given.

    Raises
    ------
    WindowError
        When not even one window fits.
    """
    stride = int(check_positive(stride_days or horizon_days, what="stride_days"))
    history = horizon_days if min_history_days is None else min_history_days
    last = as_day(closed_cutoff(tx, horizon_days)) if latest is None else as_day(latest)
    cutoffs = [last - step * stride for step in range(n)]
    fitting = [day for day in cutoffs if day - as_day(tx.first_day) >= history]
    if not fitting:
        raise WindowError(
            f"no window of {horizon_days} days after {history} days of history fits",
            got=f"data from {tx.first_day} to {tx.last_day}",
            do="choose a shorter horizon",
        )
    windows = [Window(day, horizon_days) for day in reversed(fitting)]
    check_observed(tx, windows[-1])
    return windows
