"""Faults that only the calendar shows: gaps, spikes, a last month that is not complete."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from crm_ml.data.windows import as_date

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["gaps", "partial_last_month", "spikes"]

_LEAST_GAP, _USUAL_GAPS = 14, 6
_SPIKE, _LEAST_SPIKE = 10, 50


def gaps(days: npt.NDArray[np.int64]) -> Iterator[tuple[str, int]]:
    """Yield the gaps without any row as text, with their length in days.

    A gap is at least two weeks and six times what is usual between two days with rows.

    Parameters
    ----------
    days : ndarray of shape (n_days,)
        Days with rows, ascending.

    Examples
    --------
    >>> list(gaps(np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 40, 41, 42])))
    [('1970-01-11 to 1970-02-09', 30)]
    """
    between = np.diff(days)
    if len(between) < 5:
        return
    usual = max(1.0, float(np.quantile(between, 0.9)))
    for place in np.flatnonzero(between > max(_LEAST_GAP, _USUAL_GAPS * usual)):
        first, last = int(days[place]) + 1, int(days[place + 1]) - 1
        yield f"{as_date(first)} to {as_date(last)}", last - first + 1


def spikes(days: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> Iterator[tuple[str, int]]:
    """Yield the days with ten times the rows of a usual day (the median), and their rows.

    Examples
    --------
    >>> list(spikes(np.arange(10), np.array([9] * 9 + [500])))
    [('1970-01-10', 500)]
    """
    usual = float(np.median(rows))
    for place in np.flatnonzero((rows >= _SPIKE * usual) & (rows >= _LEAST_SPIKE)):
        yield str(as_date(int(days[place]))), int(rows[place])


def partial_last_month(days: npt.NDArray[np.int64]) -> str | None:
    """Say where the data stop when that is well before the end of a month, else None.

    The missing end must be at least four days and three times the usual gap.

    Examples
    --------
    >>> partial_last_month(np.arange(100))
    'the last month ends on 1970-04-10'
    >>> partial_last_month(np.arange(120)) is None
    True
    """
    last = as_date(int(days[-1]))
    usual = float(np.quantile(np.diff(days), 0.9)) if len(days) > 1 else 1.0
    missing = calendar.monthrange(last.year, last.month)[1] - last.day
    return f"the last month ends on {last}" if missing >= max(4, 3 * usual) else None
