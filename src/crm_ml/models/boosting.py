"""Gradient-boosted trees: LightGBM's Booster behind the shared estimator, kept as its native text."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import lightgbm as lgb
import numpy as np

from crm_ml.base.exceptions import InputError
from crm_ml.models.amounts import amounts_for_log_link
from crm_ml.models.base import Classifier, Learned, Regressor, Training
from crm_ml.models.booster import Boosted
from crm_ml.models.links import binary_or_softmax, class_direction
from crm_ml.models.matrix import Floats

__all__ = ["LightGBMClassifier", "LightGBMRegressor"]


class LightGBMClassifier(Boosted, Classifier):
    """Gradient-boosted trees for two or more classes.

    Missing values are handled natively. The number of rounds is the best one for other customers, at the
    latest of several snapshots; then all rows train that many rounds.

    Parameters
    ----------
    learning_rate : float
        Step of one tree.
    num_leaves : int
        Leaves a tree; behaviour of customers is smooth, and small trees follow it with less noise.
    max_rounds : int
        Most trees.
    min_leaf : int
        Fewest customers in a leaf; a tenth of the customers when those are few.
    l2 : float
        Squared penalty on leaf values.
    monotone : "auto", mapping of str to int, or None
        Feature → +1 (a larger value never lowers the chance of the last class) or −1. ``"auto"``: silence,
        purchases and money push one way only, the way that they clearly do in training
        (:mod:`crm_ml.models.monotone`); for more than two classes there are no directions.
    n_jobs : int
        Threads; part of the model, because it is part of what makes it reproducible.
    random_state : int
        Seed.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"recency_days": range(400)})
    >>> model = LightGBMClassifier(monotone={"recency_days": 1}).fit(X, X["recency_days"] > 199)
    >>> bool(model.predict_proba(X)[399, 1] > 0.9)
    True
    """

    kind: ClassVar[str] = "lightgbm"

    def _learn(self, training: Training) -> Learned:
        share = np.bincount(training.y, weights=training.weight) / training.weight.sum()
        if len(share) == 2:
            start = np.array([np.log(share[1] / share[0])])
            return self._boost(training, training.y, {"objective": "binary"}, start)
        if self.monotone and self.monotone != "auto":
            raise InputError("monotone constraints are for two classes", got=f"{len(share)} classes")
        objective = {"objective": "multiclass", "num_class": len(share)}
        return self._boost(training, training.y, objective, np.log(share))

    def _proba(self, matrix: Floats) -> Floats:
        return binary_or_softmax(self._raw(matrix))

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return np.asarray(self._raw(matrix) @ class_direction(code, len(self.classes_)))

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return self._explained(matrix, code)[:, :-1]

    def _base_margin(self, code: int) -> float:
        return float(self._explained(np.full((1, self.n_features_in_), np.nan), code)[0, -1])

    def _explained(self, matrix: Floats, code: int) -> Floats:
        """Return TreeSHAP values of the margin, shape (n, p + 1)."""
        by_score = np.swapaxes(self._pieces(matrix), 1, 2)
        return np.asarray(by_score @ class_direction(code, len(self.classes_)))


class LightGBMRegressor(Boosted, Regressor):
    """Gradient-boosted trees for an amount: Tweedie when hardly any is negative, squared error otherwise.

    Most customers spend nothing and a few spend much: the Tweedie family between Poisson and gamma has
    exactly that shape, and its log link keeps predictions above 0 (Jørgensen 1987).

    Parameters
    ----------
    learning_rate, num_leaves, max_rounds, min_leaf, l2, monotone, n_jobs, random_state
        As for `LightGBMClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(400.0)[:, None]
    >>> model = LightGBMRegressor().fit(X, np.where(X[:, 0] < 200, 0.0, 50.0))
    >>> bool(model.predict(X)[399] > 40)
    True
    """

    kind: ClassVar[str] = "lightgbm_regressor"

    def _learn(self, training: Training) -> Learned:
        amounts = amounts_for_log_link(training.y, training.weight)
        tweedie = amounts is not None
        amounts = training.y if amounts is None else amounts
        mean = float(np.average(amounts, weights=training.weight))
        unit = mean if tweedie else float(np.std(amounts)) or 1.0
        scaled = replace(training, y=amounts / unit)
        objective = (
            {"objective": "tweedie", "tweedie_variance_power": 1.5} if tweedie else {"objective": "l2"}
        )
        start = np.array([0.0 if tweedie else mean / unit])
        # Buyers on both sides of the split: a Tweedie model of nothing but zeros does not exist.
        buys = (training.y > 0).astype(np.int64) if tweedie else np.zeros(len(training.y), dtype=np.int64)
        learned = self._boost(scaled, buys, objective, start)
        if tweedie:
            # Tweedie deviance weighs small amounts more, so its predictions do not add up to the money.
            raw = np.exp(lgb.Booster(model_str=learned.texts["booster"]).predict(training.X, raw_score=True))
            unit *= mean / (unit * float(np.average(raw, weights=training.weight)))
        facts = {**learned.facts, "unit": unit, "link": "log" if tweedie else "identity"}
        return Learned.of(learned.arrays, facts=facts, texts=learned.texts)

    def _value(self, matrix: Floats) -> Floats:
        score = self._margin(matrix, 0)
        amount = np.exp(np.minimum(score, 50.0)) if self.parts_.settings["link"] == "log" else score
        return np.asarray(amount * self.parts_.settings["unit"])

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return np.asarray(self._raw(matrix)[:, 0])

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return np.asarray(self._pieces(matrix)[:, 0, :-1])

    def _base_margin(self, code: int) -> float:
        return float(self._pieces(np.full((1, self.n_features_in_), np.nan))[0, 0, -1])
