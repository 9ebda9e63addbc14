"""Conditions with round thresholds, and rules that join up to three of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crm_ml.models.matrix import Floats
from crm_ml.models.thresholds import gap, roundest, written

__all__ = ["ABOVE", "AT_MOST", "MISSING", "Condition", "Rule", "conditions_of"]

AT_MOST, ABOVE, MISSING = "<=", ">", "missing"


@dataclass(frozen=True, order=True)
class Condition:
    """One test of one feature; a missing value passes only the test of being missing.

    Parameters
    ----------
    feature : int
        Column.
    operator : {"<=", ">", "missing"}
    threshold : float
        0 for ``missing``.
    """

    feature: int
    operator: str
    threshold: float = 0.0

    def holds(self, X: Floats) -> npt.NDArray[np.bool_]:
        """Return for which rows of X the condition holds."""
        column = X[:, self.feature]
        if self.operator == MISSING:
            return np.isnan(column)
        # Comparisons with NaN are false, which is what is meant here.
        return np.asarray(column <= self.threshold if self.operator == AT_MOST else column > self.threshold)


@dataclass(frozen=True)
class Rule:
    """Conditions that must all hold; no conditions: every customer.

    Examples
    --------
    >>> rule = Rule((Condition(0, ">", 30.0), Condition(0, "<=", 90.0), Condition(1, "<=", 2.0)))
    >>> rule.text(["recency_days", "orders"])
    '30 < recency_days <= 90 AND orders <= 2'
    >>> rule.text(["recency_days", "orders"], language="nl")
    'recency_days meer dan 30 en hoogstens 90 EN orders hoogstens 2'
    """

    conditions: tuple[Condition, ...] = ()

    def holds(self, X: Floats) -> npt.NDArray[np.bool_]:
        """Return for which rows of X all conditions hold."""
        held = np.ones(len(X), dtype=bool)
        for condition in self.conditions:
            held &= condition.holds(X)
        return held

    def features(self) -> list[int]:
        """Return the features in the rule, in order, each once."""
        return sorted({condition.feature for condition in self.conditions})

    def text(self, names: Sequence[str], language: str = "en") -> str:
        """Return the conditions in words."""
        joined = " EN " if language == "nl" else " AND "
        return joined.join(
            _one_feature(self.conditions, feature, names, language) for feature in self.features()
        )


def _one_feature(conditions: Sequence[Condition], feature: int, names: Sequence[str], language: str) -> str:
    name = names[feature]
    bound = {one.operator: written(one.threshold, language) for one in conditions if one.feature == feature}
    if MISSING in bound:
        return f"{name} ontbreekt" if language == "nl" else f"{name} is missing"
    if language == "nl":
        words = {ABOVE: "meer dan", AT_MOST: "hoogstens"}
        return f"{name} " + " en ".join(f"{words[op]} {bound[op]}" for op in (ABOVE, AT_MOST) if op in bound)
    if len(bound) == 2:
        return f"{bound[ABOVE]} < {name} <= {bound[AT_MOST]}"
    return " ".join((name, *next(iter(bound.items()))))


def conditions_of(X: Floats, *, cuts: int, fewest: float) -> list[Condition]:
    """Return the conditions worth trying: both sides of round cuts near the quantiles, and being missing.

    Parameters
    ----------
    X : ndarray of shape (n, p)
    cuts : int
        Most cuts a feature.
    fewest : float
        A condition must hold for at least this many rows.
    """
    found: list[Condition] = []
    for feature, column in enumerate(X.T):
        present = column[~np.isnan(column)]
        if len(present):
            at = np.quantile(present, np.arange(1, cuts + 1) / (cuts + 1), method="inverted_cdf")
            thresholds = sorted({roundest(*gap(present, float(one))) for one in np.unique(at)})
            found += [Condition(feature, AT_MOST, threshold) for threshold in thresholds]
            found += [Condition(feature, ABOVE, threshold) for threshold in thresholds]
        found.append(Condition(feature, MISSING))
    counts = [condition.holds(X).sum() for condition in found]
    return [one for one, count in zip(found, counts, strict=True) if fewest <= count < len(X)]
