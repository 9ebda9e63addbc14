"""Borders between classes: fitted once on a base, stored, and applied to anybody later.

A customer's class then depends on the customer alone, not on who else is in the batch. Nor does it depend on
the engine: a border is the value of some customer, and engines agree on a value to 1e-9 only (Polars divides
by a constant through its reciprocal), so that a value within that distance lies on the border.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_positive

__all__ = ["QuantileBreaks", "above", "at_least"]

_SAME = 1e-9


def at_least(values: npt.NDArray[np.float64], edge: float) -> npt.NDArray[np.bool_]:
    """Return which values reach a border.

    Examples
    --------
    >>> at_least(np.array([0.3, 0.1 + 0.2, 0.29]), 0.1 + 0.2).tolist()
    [True, True, False]
    """
    return np.asarray(values >= edge - abs(edge) * _SAME if np.isfinite(edge) else values >= edge)


def above(values: npt.NDArray[np.float64], edge: float) -> npt.NDArray[np.bool_]:
    """Return which values lie above a border.

    Examples
    --------
    >>> above(np.array([0.1 + 0.2, 0.31]), 0.3).tolist()
    [False, True]
    """
    return np.asarray(values > edge + abs(edge) * _SAME)


class QuantileBreaks:
    """Classes of equal size by quantiles of a number; equal values always share a class.

    Parameters
    ----------
    bins : int
        Number of classes; 1 is the lowest.

    Attributes
    ----------
    edges_ : ndarray of shape (bins - 1,)
        Highest value of every class but the last.

    Examples
    --------
    >>> breaks = QuantileBreaks(5).fit([1, 1, 1, 2, 3, 4, 5, 6, 8, 9])
    >>> breaks.transform([0, 1, 2, 7, 100]).tolist()
    [1, 1, 2, 5, 5]
    """

    edges_: npt.NDArray[np.float64]

    def __init__(self, bins: int = 5) -> None:
        self.bins = int(check_positive(bins, what="bins"))

    def fit(self, values: npt.ArrayLike) -> Self:
        """Learn the borders; missing values are left out.

        Raises
        ------
        InputError
            When there is no value at all.
        """
        known = np.asarray(values, dtype=np.float64)
        known = known[np.isfinite(known)]
        if not known.size:
            raise InputError("no values to fit borders on")
        shares = np.arange(1, self.bins) / self.bins
        # An observed value as border: the same on every machine, and never between two equal customers.
        self.edges_ = np.quantile(known, shares, method="inverted_cdf")
        if known.min() == known.max():  # nobody is higher or lower: everybody stands in the middle
            self.edges_[: self.bins // 2] = known[0] - 1e-6 * max(abs(known[0]), 1.0)
        return self

    def transform(self, values: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the class of every value, 1 to `bins`; 0 where it is missing."""
        given = np.asarray(values, dtype=np.float64)
        classes = np.searchsorted(self.edges_ + np.abs(self.edges_) * _SAME, given, side="left") + 1
        return np.where(np.isfinite(given), classes, 0).astype(np.int64)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"bins": self.bins, "edges": self.edges_.tolist()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Restore what `to_dict` gave."""
        breaks = cls(stored["bins"])
        breaks.edges_ = np.asarray(stored["edges"], dtype=np.float64)
        return breaks
