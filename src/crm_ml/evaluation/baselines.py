"""What every model must beat: recency alone, the customer's own rate, and the base rate.

They are estimators like any other, with probabilities of their own and parts that can be stored, so that the
best of them can be champion where no model beats it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from crm_ml.base.exceptions import ColumnError
from crm_ml.base.validation import check_choice
from crm_ml.evaluation.metrics import Floats, auc
from crm_ml.evaluation.response_curve import evaluate, fit_curve
from crm_ml.models.base import Classifier, Learned, Model, Regressor, Training, proba_margin
from crm_ml.models.links import log_odds, sigmoid
from crm_ml.models.parts import Parts

__all__ = ["BASELINES", "BaselineClassifier", "BaselineRegressor", "baseline_from_parts", "make_baseline"]

# Columns of the first set that the table has; the first column is the one that explains the score.
BASELINES: dict[str, tuple[tuple[str, ...], ...]] = {
    "recency_only": (("recency_days",),),
    "naive_rate": (("frequency", "T"),),
    "base_rate": ((),),
}
_MONEY: dict[str, tuple[tuple[str, ...], ...]] = {
    **BASELINES,
    "naive_rate": (("revenue", "T"), ("frequency", "T")),
}
_PRIOR_ROWS = 5.0  # rows of the average customer added to each bin: a bin of 20 never says "never"


class _Baseline(Model):
    """One number a customer, and a curve from that number to the outcome."""

    score_name: str

    def _columns(self, X: Any) -> tuple[str, ...]:
        wanted = (_MONEY if isinstance(self, Regressor) else BASELINES)[self.score_name]
        present = set(X.columns) if isinstance(X, pd.DataFrame) else set()
        found = next((names for names in wanted if set(names) <= present), None)
        if found is None:
            raise ColumnError(
                f"the baseline {self.score_name!r} needs the features {', '.join(wanted[-1])}",
                got="a table without them",
                do="build them as well",
            )
        return found

    def _table(self, X: Any) -> pd.DataFrame:
        # A constant stands in where a baseline reads no feature: a matrix has at least one column.
        names = self._columns(X)
        return X[list(names)] if names else pd.DataFrame({"constant": np.zeros(len(X))})

    def _score(self, matrix: Floats) -> Floats:
        """Return the plain score: days since the last purchase, purchases (or money) a day, or 0."""
        if self.score_name == "naive_rate":
            return np.asarray(matrix[:, 0] / np.maximum(matrix[:, 1], 1.0))
        return matrix[:, 0]

    def _directed(self, matrix: Floats) -> Floats:
        return np.asarray(self._score(matrix) * float(self.parts_.settings["direction"]))

    def _curve(self, matrix: Floats) -> Floats:
        arrays = self.parts_.arrays
        return evaluate(arrays["places"], arrays["means"], self._directed(matrix))

    def _learn_curve(self, training: Training, outcome: Floats, direction: float, *, rising: bool) -> Learned:
        score = direction * self._score(training.X)
        mean = training.weight @ outcome / training.weight.sum()
        places, means = fit_curve(score, outcome, training.weight, rising=rising)
        rows = np.full(len(places), training.weight.sum() / len(places))[:, None]
        means = (means * rows + _PRIOR_ROWS * mean) / (rows + _PRIOR_ROWS)
        arrays = {"places": places, "means": means, "average": mean}
        return Learned.of(arrays, facts={"direction": direction})

    def _all_to_first(self, matrix: Floats, code: int) -> Floats:
        shares = np.zeros_like(matrix)
        shares[:, 0] = self._margin(matrix, code) - self._base_margin(code)
        return shares

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return self._all_to_first(matrix, code)


class BaselineClassifier(_Baseline, Classifier):
    """Class shares by one simple score.

    Parameters
    ----------
    score_name : {"recency_only", "naive_rate", "base_rate"}
        Days since the last purchase; repeat purchase days a day since the first; nothing at all.

    Examples
    --------
    >>> X = pd.DataFrame({"recency_days": np.arange(200.0)})
    >>> model = BaselineClassifier("recency_only").fit(X, X["recency_days"] > 99)
    >>> bool(model.predict_proba(X)[150, 1] > model.predict_proba(X)[50, 1])
    True
    """

    kind: ClassVar[str] = "baseline_classifier"

    def __init__(self, score_name: str = "recency_only") -> None:
        self.score_name = score_name

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit on rows that all have a label; only the columns of the score are read."""
        check_choice(self.score_name, BASELINES, what="baseline")
        return super().fit(self._table(X), y, sample_weight)

    def predict_proba(self, X: Any) -> Floats:
        """Return the share of every class among customers with such a score."""
        return super().predict_proba(self._table(X))

    def ranking(self, X: Any) -> Floats:
        """Return the plain score, turned so that high means the last class, as it did in training."""
        return self._directed(self._matrix(self._table(X)))

    def contributions(self, X: Any, target: Any = None) -> Floats:
        """Return the whole difference from the base rate as the doing of the one feature."""
        return super().contributions(self._table(X), target)

    def margin(self, X: Any, target: Any = None) -> Floats:
        """Return the log-odds behind the probabilities."""
        return super().margin(self._table(X), target)

    def moved(self, offset: float) -> BaselineClassifier:
        """Return the same score with the log-odds of the second of two classes moved, all along the curve."""
        arrays = self.parts_.arrays
        later = {name: _odds_moved(arrays[name], offset) for name in ("means", "average")}
        return self.from_parts(replace(self.parts_, arrays={**arrays, **later}))

    def _learn(self, training: Training) -> Learned:
        count = len(training.classes)
        outcome = np.eye(count)[training.y]
        last = outcome[:, -1]
        better = auc(last, self._score(training.X), training.weight)
        direction = -1.0 if np.isfinite(better) and better < 0.5 else 1.0
        return self._learn_curve(training, outcome, direction, rising=count == 2)

    def _proba(self, matrix: Floats) -> Floats:
        return self._curve(matrix)

    def _base_margin(self, code: int) -> float:
        return float(proba_margin(self.parts_.arrays["average"][None, :], code)[0])


class BaselineRegressor(_Baseline, Regressor):
    """Mean amount by one simple score.

    Parameters
    ----------
    score_name : {"recency_only", "naive_rate", "base_rate"}
        Days since the last purchase; money (or purchase days) a day since the first purchase; nothing.
    """

    kind: ClassVar[str] = "baseline_regressor"

    def __init__(self, score_name: str = "naive_rate") -> None:
        self.score_name = score_name

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit on rows that all have a value; only the columns of the score are read."""
        check_choice(self.score_name, BASELINES, what="baseline")
        return super().fit(self._table(X), y, sample_weight)

    def predict(self, X: Any) -> Floats:
        """Return the mean amount of customers with such a score."""
        return super().predict(self._table(X))

    def ranking(self, X: Any) -> Floats:
        """Return the plain score, turned so that high means much, as it did in training."""
        return self._directed(self._matrix(self._table(X)))

    def contributions(self, X: Any, target: Any = None) -> Floats:
        """Return the whole difference from the mean as the doing of the one feature."""
        return super().contributions(self._table(X), target)

    def margin(self, X: Any, target: Any = None) -> Floats:
        """Return the expected amount."""
        return super().margin(self._table(X), target)

    def scaled(self, factor: float) -> BaselineRegressor:
        """Return the same score with all amounts times a factor."""
        arrays = self.parts_.arrays
        later = {name: arrays[name] * factor for name in ("means", "average")}
        return self.from_parts(replace(self.parts_, arrays={**arrays, **later}))

    def _learn(self, training: Training) -> Learned:
        score = self._score(training.X)
        above = np.asarray(training.y) > float(np.average(training.y, weights=training.weight))
        better = auc(above, score, training.weight)
        direction = -1.0 if np.isfinite(better) and better < 0.5 else 1.0
        return self._learn_curve(training, np.asarray(training.y)[:, None], direction, rising=True)

    def _value(self, matrix: Floats) -> Floats:
        return np.asarray(self._curve(matrix)[:, 0])

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return self._value(matrix)

    def _base_margin(self, code: int) -> float:
        return float(self.parts_.arrays["average"][0])


def _odds_moved(shares: Floats, offset: float) -> Floats:
    """Return shares of two classes, the second moved on its log-odds."""
    second = sigmoid(log_odds(shares[..., 1]) + offset)
    return np.stack([1.0 - second, second], axis=-1)


def make_baseline(
    name: str, *, kind: Literal["classifier", "regressor"] = "classifier"
) -> BaselineClassifier | BaselineRegressor:
    """Return an unfitted baseline.

    Raises
    ------
    InputError
        When the name is unknown.

    Examples
    --------
    >>> make_baseline("naive_rate")
    BaselineClassifier(score_name='naive_rate')
    """
    check_choice(name, BASELINES, what="baseline")
    return BaselineClassifier(name) if kind == "classifier" else BaselineRegressor(name)


def baseline_from_parts(parts: Parts) -> BaselineClassifier | BaselineRegressor | None:
    """Return the fitted baseline that the parts describe, None when they belong to a model."""
    for found in (BaselineClassifier, BaselineRegressor):
        if found.kind == parts.kind:
            return found.from_parts(parts)
    return None
