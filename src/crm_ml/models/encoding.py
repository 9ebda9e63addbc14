"""Columns that linear models and networks can use: logarithm, rank, missing indicator; all standardised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from crm_ml.models.matrix import Floats, Integers

__all__ = ["Encoding"]

_KNOTS = 33
_FIELDS = ("low", "high", "median", "knots", "owner", "role", "centre", "scale")
_LOG, _RANK, _ABSENT = 0, 1, 2


@dataclass(frozen=True)
class Encoding:
    """A frozen map from p features to q ≥ p columns.

    A feature becomes its signed logarithm sign(x)·ln(1 + |x|), its rank among the training customers (read
    off stored quantiles), and an indicator of being missing when it ever was. Amounts and counts of customers
    are so skewed that a straight line in x fits nobody; a line in ln x plus a line in rank bends where the
    data are. A missing value takes the median; a value beyond the training range takes the end of that
    range, so a customer ten times larger than any seen is not extrapolated.

    Parameters
    ----------
    low, high, median : ndarray of shape (p,)
        Range and median in training.
    knots : ndarray of shape (p, 33)
        Quantiles in training.
    owner, role : ndarray of shape (q,)
        The feature behind a column, and which of the three columns it is.
    centre, scale : ndarray of shape (q,)
        Standardisation.
    """

    low: Floats
    high: Floats
    median: Floats
    knots: Floats
    owner: Integers
    role: Integers
    centre: Floats
    scale: Floats

    @classmethod
    def fit(cls, X: Floats, weight: Floats) -> Encoding:
        """Learn the map from training rows."""
        knots = np.column_stack([_quantiles(column, weight) for column in X.T]).T
        absent = np.isnan(X)
        varies: npt.NDArray[np.bool_] = np.asarray(knots[:, 0] < knots[:, -1])
        partly = np.asarray(absent.any(axis=0) & ~absent.all(axis=0))
        useful = {_LOG: varies, _RANK: varies, _ABSENT: partly}
        pairs = [(j, role) for j in range(X.shape[1]) for role, use in useful.items() if use[j]]
        owner, role = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        q = len(pairs)
        raw = cls(
            knots[:, 0], knots[:, -1], knots[:, _KNOTS // 2], knots, owner, role, np.zeros(q), np.ones(q)
        )  # fmt: skip
        columns = raw.transform(X)
        share = weight / weight.sum()
        centre = share @ columns
        spread = np.sqrt(share @ (columns - centre) ** 2)
        scale = np.where(spread > 1e-9, spread, 1.0)
        return cls(raw.low, raw.high, raw.median, knots, raw.owner, raw.role, centre, scale)

    def transform(self, X: Floats) -> Floats:
        """Return the columns of X, shape (n, q)."""
        absent = np.isnan(X)
        filled = np.clip(np.where(absent, self.median, X), self.low, self.high)
        columns = np.empty((len(X), len(self.owner)))
        for k, (j, role) in enumerate(zip(self.owner, self.role, strict=True)):
            if role == _LOG:
                columns[:, k] = np.sign(filled[:, j]) * np.log1p(np.abs(filled[:, j]))
            elif role == _RANK:
                columns[:, k] = _rank(filled[:, j], self.knots[j])
            else:
                columns[:, k] = absent[:, j]
        return np.asarray((columns - self.centre) / self.scale)

    def gather(self, per_column: Floats) -> Floats:
        """Add up what belongs to the same feature: (n, q) → (n, p)."""
        belongs = self.owner[:, None] == np.arange(len(self.median))
        return np.asarray(per_column @ belongs.astype(np.float64))

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays of the parts."""
        return {f"encoding_{name}": getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_arrays(cls, arrays: Any) -> Encoding:
        """Return the encoding that `to_arrays` described."""
        return cls(**{name: arrays[f"encoding_{name}"] for name in _FIELDS})


def _quantiles(column: Floats, weight: Floats) -> Floats:
    present = ~np.isnan(column)
    if not present.any():
        return np.zeros(_KNOTS)
    at = np.linspace(0, 1, _KNOTS)
    # The inverse of the distribution is the one definition in which a weight of k equals k equal rows.
    found = np.quantile(column[present], at, method="inverted_cdf", weights=weight[present])
    return np.asarray(found, dtype=np.float64)


def _rank(column: Floats, knots: Floats) -> Floats:
    # Knots repeat where many customers share a value (one order); they take the middle of their ranks.
    value, first, count = np.unique(knots, return_index=True, return_counts=True)
    middle = (first + (count - 1) / 2) / (_KNOTS - 1)
    return np.interp(column, value, middle)
