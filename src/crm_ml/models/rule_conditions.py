"""Conditions with round thresholds, and rules that join up to three of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crm_ml.base.texts import has_text, text
from crm_ml.models.matrix import Floats
from crm_ml.models.thresholds import gap, roundest, written

__all__ = ["ABOVE", "AT_MOST", "MISSING", "Condition", "Rule", "conditions_of", "reader_name"]

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
    >>> rule.formula(["recency_days", "orders"])
    '30 < recency_days <= 90 AND orders <= 2'
    >>> rule.words(["recency_days", "orders"], "nl")
    'dagen sinds laatste aankoop meer dan 30 en hoogstens 90 EN aantal bestellingen hoogstens 2'
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

    def formula(self, names: Sequence[str]) -> str:
        """Return the conditions with technical names and signs."""
        return " AND ".join(_formula(names[feature], self.bounds(feature)) for feature in self.features())

    def words(self, names: Sequence[str], language: str) -> str:
        """Return the conditions in words, features by the name that readers know."""
        joined = f" {text('rules.and', language)} "
        features = self.features()
        return joined.join(_words(names[one], self.bounds(one), language) for one in features)

    def bounds(self, feature: int) -> dict[str, float]:
        """Return threshold by operator of the conditions on one feature."""
        return {one.operator: one.threshold for one in self.conditions if one.feature == feature}


def reader_name(name: str, language: str) -> str:
    """Return what a feature is called in sentences; own columns keep their name.

    Examples
    --------
    >>> reader_name("orders", "nl"), reader_name("shoe_size", "nl")
    ('aantal bestellingen', 'shoe_size')
    """
    key = f"features.{name}"
    return text(key, language) if has_text(key) else name


def _formula(name: str, bounds: Mapping[str, float]) -> str:
    if MISSING in bounds:
        return f"{name} is missing"
    if len(bounds) == 2:
        return f"{written(bounds[ABOVE])} < {name} <= {written(bounds[AT_MOST])}"
    return " ".join(f"{name} {operator} {written(bound)}" for operator, bound in bounds.items())


def _words(name: str, bounds: Mapping[str, float], language: str) -> str:
    feature = reader_name(name, language)
    shown = {operator: written(bound, language) for operator, bound in bounds.items()}
    if MISSING in bounds:
        return text("rules.missing", language, feature=feature)
    if len(bounds) == 2:
        return text("rules.between", language, feature=feature, low=shown[ABOVE], high=shown[AT_MOST])
    key = "rules.at_most" if AT_MOST in bounds else "rules.above"
    return text(key, language, feature=feature, bound=next(iter(shown.values())))


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
