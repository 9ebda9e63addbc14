"""The BTYD summary as arrays: read, checked and grouped.

One row a customer: `frequency` (repeat purchase days), `t_x` (age at the last purchase), `T` (age at the
cutoff), optionally `monetary_value` (mean value of a repeat purchase day) and `count` (customers like this).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.base.validation import nearest

__all__ = ["Array", "Rows", "distinct", "read_column", "read_rows", "total"]

Array = NDArray[np.float64]

# Other names under which the columns arrive; `recency` is what lifetimes calls the age at the last purchase.
_NAMES = {
    "frequency": ("frequency", "x"),
    "t_x": ("t_x", "recency"),
    "T": ("T", "age", "periods", "n"),
    "monetary_value": ("monetary_value", "zbar"),
    "first_value": ("first_value",),
    "count": ("count",),
    "log_gaps": ("log_gaps",),
}


@dataclass(frozen=True)
class Rows:
    """Groups of customers with the same history.

    Parameters
    ----------
    x, t_x, T : ndarray of float
        Repeat purchases, age at the last one, age at the cutoff; one time unit throughout.
    count : ndarray of float
        Customers (or weight) of the group.
    log_gaps : ndarray of float, optional
        Sum of the logarithms of the gaps between purchases; only models of regular timing use it.
    """

    x: Array
    t_x: Array
    T: Array
    count: Array
    log_gaps: Array | None = None

    @cached_property
    def distinct_x(self) -> tuple[Array, NDArray[np.intp], Array]:
        """Distinct x, the position of each row in them, and their weight."""
        inverse, values = pd.factorize(self.x, sort=True)
        return values, inverse, total(inverse, self.count)

    @cached_property
    def distinct_pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """First position of each distinct pair (x, T), and the pair of each row."""
        return distinct(self.x, self.T)

    def parts(self, size: int) -> list[Rows]:
        """Cut into pieces of at most `size` rows."""
        places = np.arange(len(self.x))
        return [self.take(places[at : at + size]) for at in range(0, len(places), size)]

    def thinned(self, size: int) -> Rows:
        """Return about `size` rows that stand for all: every k-th, with its weight times k.

        One-time buyers are thinned apart: they are few rows of great weight, or many of little.
        """
        chosen, weight = [], []
        for stratum in (np.flatnonzero(self.x == 0), np.flatnonzero(self.x > 0)):
            step = max(1, len(stratum) // size)
            chosen.append(stratum[::step])
            weight.append(np.full(len(chosen[-1]), float(step)))
        some = self.take(np.concatenate(chosen))
        return Rows(some.x, some.t_x, some.T, some.count * np.concatenate(weight), some.log_gaps)

    def take(self, places: NDArray[np.intp]) -> Rows:
        """Return the rows at those places."""
        gaps = None if self.log_gaps is None else self.log_gaps[places]
        return Rows(self.x[places], self.t_x[places], self.T[places], self.count[places], gaps)

    def scaled(self, scale: float) -> Rows:
        """Return the rows with time divided by `scale`."""
        gaps = None if self.log_gaps is None else self.log_gaps - self.x * np.log(scale)
        return Rows(self.x, self.t_x / scale, self.T / scale, self.count, gaps)

    def grouped(self) -> tuple[Rows, NDArray[np.intp]]:
        """Return one row a distinct history, and the position of each old row in them."""
        columns = (self.x, self.t_x, self.T) + (() if self.log_gaps is None else (self.log_gaps,))
        first, inverse = distinct(*columns)
        count = total(inverse, self.count)
        gaps = None if self.log_gaps is None else self.log_gaps[first]
        return Rows(self.x[first], self.t_x[first], self.T[first], count, gaps), inverse


def distinct(*columns: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first position of each distinct combination, in sorted order, and the inverse.

    Hashing each column is several times faster than sorting rows, and sorting the few distinct
    combinations afterwards makes sums independent of the order of the rows.

    Examples
    --------
    >>> first, inverse = distinct(np.array([2.0, 1.0, 2.0]), np.array([5.0, 5.0, 5.0]))
    >>> first.tolist(), inverse.tolist()
    ([1, 0], [1, 0, 1])
    """
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, values = pd.factorize(column, sort=True)
        key = pd.factorize(key * len(values) + codes, sort=True)[0]
    size = int(key.max()) + 1 if len(key) else 0
    first = np.zeros(size, dtype=np.intp)
    first[key[::-1]] = np.arange(len(key))[::-1]
    return first, key.astype(np.intp)


def total(inverse: NDArray[np.intp], weight: Array) -> Array:
    """Return the weight of each group."""
    return np.bincount(inverse, weight).astype(np.float64)


def read_column(summary: pd.DataFrame, name: str) -> Array | None:
    """Return a column under its own or another accepted name as floats, or None when absent."""
    for known in _NAMES[name]:
        if known in summary.columns:
            # What is no number is a missing value, which the checks count.
            numbers = pd.to_numeric(summary[known], errors="coerce")
            return numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    return None


def read_rows(summary: pd.DataFrame, weights: ArrayLike | None = None) -> Rows:
    """Read a summary table into checked arrays, in its own order.

    Parameters
    ----------
    summary : DataFrame
        Columns `frequency, t_x, T` and optionally `count`, `log_gaps`.
    weights : array-like, optional
        Weight of each row, multiplied with `count`.

    Raises
    ------
    ColumnError
        When a column is missing.
    InputError
        When there are no rows or values are impossible; all problems in one message.
    """
    x, t_x, T = (_required(summary, name) for name in ("frequency", "t_x", "T"))
    if not len(x):
        raise InputError("the summary holds no customers", do="check the cutoff and the mapping")
    # Ages from dates and ages from differences may differ in the last digit.
    t_x = np.where((t_x > T) & (t_x <= T * (1 + 1e-9) + 1e-9), T, t_x)
    count = read_column(summary, "count")
    count = np.ones(len(x)) if count is None else count
    if weights is not None:
        count = count * np.broadcast_to(np.asarray(weights, dtype=np.float64), x.shape)
    rows = Rows(x, t_x, T, count, read_column(summary, "log_gaps"))
    _check(rows)
    return rows


def _required(summary: Any, name: str) -> Array:
    if not isinstance(summary, pd.DataFrame):
        raise InputError("the summary must be a pandas DataFrame", got=type(summary).__name__)
    column = read_column(summary, name)
    if column is None:
        near = nearest(name, [str(one) for one in summary.columns])
        hint = f"did you mean {near[0]!r}?" if near else "make it with rfm_summary(tx, cutoff)"
        raise ColumnError(f"the summary has no column {name!r}", got=list(summary.columns), do=hint)
    return column


def _check(rows: Rows) -> None:
    finite = np.isfinite(rows.x) & np.isfinite(rows.t_x) & np.isfinite(rows.T) & np.isfinite(rows.count)
    tests = {
        "a value is missing or infinite": ~finite,
        "frequency is negative or not whole": finite & ((rows.x < 0) | (rows.x != np.floor(rows.x))),
        "T is negative": finite & (rows.T < 0),
        "t_x is negative or above T": finite & ((rows.t_x < 0) | (rows.t_x > rows.T)),
        "t_x is above 0 with frequency 0": finite & (rows.x == 0) & (rows.t_x > 0),
        "the weight is negative": finite & (rows.count < 0),
    }
    problems = [
        f"{what} in {int(bad.sum())} rows (first at {int(np.argmax(bad))})"
        for what, bad in tests.items()
        if bad.any()
    ]
    if problems:
        raise InputError.collected(
            problems, what="the summary is wrong", do="make it with rfm_summary(tx, cutoff)"
        )
