"""The order within a rule: one feature along which the rate of its customers rises or falls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from crm_ml.models.matrix import Floats, Integers

__all__ = ["Link", "Trend"]

Link: TypeAlias = Callable[[Floats], tuple[Floats, Floats]]

_KNOTS = 17
_STEPS = 25
# A trend is kept when it tells more than the choice among many features would by chance.
_LEAST_GAIN = 5.0
_FIELDS = ("feature", "knots", "centre", "slope", "level")


@dataclass(frozen=True)
class Trend:
    """One feature a rule, entering as the rank among the customers of that rule.

    A list of twelve rules gives thirteen different probabilities, and a ranking with that many ties. Within
    a rule the log-odds of a class move along a straight line in the rank of one feature, centred so that the
    rule keeps its rate.

    Parameters
    ----------
    feature : ndarray of shape (r,)
        Column; −1 where no feature orders the customers of the rule.
    knots : ndarray of shape (r, 17)
        Quantiles of the feature in the rule.
    centre : ndarray of shape (r,)
        Mean rank.
    slope : ndarray of shape (r, K)
        Change of a score from the lowest rank to the highest.
    level : ndarray of shape (r, K)
        Change of a score at the mean rank, which lets the rule keep its rate.
    """

    feature: Integers
    knots: Floats
    centre: Floats
    slope: Floats
    level: Floats

    @classmethod
    def none(cls, rules: int, scores: int) -> Trend:
        """Return no trend in any rule."""
        flat = np.zeros((rules, scores))
        return cls(np.full(rules, -1), np.zeros((rules, _KNOTS)), np.zeros(rules), flat, flat)

    @classmethod
    def fit(
        cls, X: Floats, group: Integers, outcome: Floats, *, base: Floats, weight: Floats, link: Link
    ) -> Trend:
        """Choose feature and slopes for every group.

        Parameters
        ----------
        X : ndarray of shape (n, p)
        group : ndarray of shape (n,)
            The rule of every row, 0 … r−1.
        outcome : ndarray of shape (n, K)
            1 in the column of the class; or the amount.
        base : ndarray of shape (r, K)
            Score of every rule.
        weight : ndarray of shape (n,)
        link : callable
            Scores → (expected outcome, at least its variance), both of the shape of the scores.
        """
        found = [
            _of_group(X[group == k], outcome[group == k], base[k], weight[group == k], link)
            for k in range(len(base))
        ]
        feature, *others = zip(*found, strict=True)
        return cls(np.array(feature, dtype=np.int64), *(np.array(one) for one in others))

    def shifts(self, X: Floats, group: Integers) -> Floats:
        """Return what the trend adds to the scores of every row, shape (n, K)."""
        shift = np.zeros((len(X), self.slope.shape[1]))
        for k in np.flatnonzero(self.feature >= 0):
            rows = group == k
            rank = _rank(X[rows, self.feature[k]], self.knots[k])
            shift[rows] = self.level[k] + (rank - self.centre[k])[:, None] * self.slope[k]
        return shift

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays of the parts."""
        return {f"trend_{name}": getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_arrays(cls, arrays: Any) -> Trend:
        """Return the trend that `to_arrays` described."""
        return cls(**{name: arrays[f"trend_{name}"] for name in _FIELDS})


def _of_group(
    X: Floats, outcome: Floats, base: Floats, weight: Floats, link: Link
) -> tuple[int, Floats, float, Floats, Floats]:
    nothing = (-1, np.zeros(_KNOTS), 0.0, np.zeros(len(base)), np.zeros(len(base)))
    expected, variance = link(base[None, :])
    best, most = nothing, _LEAST_GAIN
    for feature, column in enumerate(X.T):
        present = column[~np.isnan(column)]
        if len(present) < 20 or present.min() == present.max():
            continue
        knots = np.quantile(present, np.linspace(0, 1, _KNOTS), method="inverted_cdf")
        rank = _rank(column, knots)
        centre = float(np.average(rank, weights=weight))
        # Score test of a slope: what one Newton step from "no trend" would gain.
        score = (weight * (rank - centre)) @ (outcome - expected)
        information = (weight @ (rank - centre) ** 2) * variance[0]
        gain = float((score**2 / (2 * np.maximum(information, 1e-12))).sum())
        if gain > most * (1 + 1e-9):
            most = gain
            best = (feature, knots, centre, *_line(rank - centre, outcome, base, weight, link))
    return best


def _line(rank: Floats, outcome: Floats, base: Floats, weight: Floats, link: Link) -> tuple[Floats, Floats]:
    """Return penalised slopes by Newton steps, and the change of level that keeps the rate."""
    level, slope = base.copy(), np.zeros(len(base))
    for _ in range(_STEPS):
        expected, variance = link(level + rank[:, None] * slope)
        miss, spread = weight[:, None] * (outcome - expected), weight[:, None] * variance
        slope = slope + (rank @ miss - slope) / (rank**2 @ spread + 1.0)
        level = level + miss.sum(axis=0) / np.maximum(spread.sum(axis=0), 1e-12)
    return slope, level - base


def _rank(column: Floats, knots: Floats) -> Floats:
    value, first, count = np.unique(knots, return_index=True, return_counts=True)
    middle = (first + (count - 1) / 2) / (_KNOTS - 1)
    return np.where(np.isnan(column), 0.5, np.interp(column, value, middle))
