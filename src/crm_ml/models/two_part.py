"""Value in two parts: does the customer buy at all, and how much if so."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from crm_ml.models.base import Learned, Regressor, Training
from crm_ml.models.boosting import LightGBMClassifier, LightGBMRegressor
from crm_ml.models.matrix import Floats
from crm_ml.models.value_scale import base_value, stretched

__all__ = ["TwoPartRegressor"]


class TwoPartRegressor(Regressor):
    """A hurdle model of an amount: chance of any amount × expected amount if any, both boosted trees.

    Who buys and how much are different questions with different drivers; one model of the product answers
    the first with the weight of the second (Cragg 1971, Econometrica 39). What the product misses of the
    training total is mended by one factor.

    Parameters
    ----------
    n_jobs : int
        Threads.
    random_state : int
        Seed.

    Examples
    --------
    >>> X = np.arange(400.0)[:, None]
    >>> model = TwoPartRegressor().fit(X, np.where(X[:, 0] < 200, 0.0, 50.0))
    >>> bool(model.predict(X)[399] > 40 > 10 > model.predict(X)[0])
    True
    """

    kind: ClassVar[str] = "two_part"

    def __init__(self, n_jobs: int = 1, random_state: Any = 0) -> None:
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _learn(self, training: Training) -> Learned:
        buys = training.y != 0
        options = {"n_jobs": self.n_jobs, "random_state": self.random_state}
        children, expected = {}, np.ones(len(training.y))
        if buys.any() and not buys.all():
            chance = LightGBMClassifier(**options).fit(_rows(training), buys, sample_weight=training.weight)
            children["chance"], expected = chance.to_parts(), chance._proba(training.X)[:, 1]
        some = training.rows(buys) if buys.any() else training
        amount = LightGBMRegressor(**options).fit(_rows(some), some.y, sample_weight=some.weight)
        total = float(training.weight @ (expected * amount._value(training.X)))
        # Amounts on both sides of zero leave no total to hold on to.
        mends = bool((training.y >= 0).all() and total > 0)
        level = float(training.weight @ training.y) / total if mends else 1.0
        return Learned.of(facts={"level": level}, children={**children, "amount": amount.to_parts()})

    def _wake(self) -> None:
        children = self.parts_.children
        self._amount = LightGBMRegressor.from_parts(children["amount"])
        self._chance = LightGBMClassifier.from_parts(children["chance"]) if "chance" in children else None

    def _value(self, matrix: Floats) -> Floats:
        return np.asarray(self._buys(matrix) * self._amount._value(matrix) * self.parts_.settings["level"])

    def _buys(self, matrix: Floats) -> Floats:
        return np.ones(len(matrix)) if self._chance is None else self._chance._proba(matrix)[:, 1]

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return self._value(matrix)

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        """Split the change of a product evenly over its two factors, then over features."""
        chance, amount, level = self._buys(matrix), self._amount._value(matrix), self.parts_.settings["level"]
        chance_0, amount_0 = self._references()
        of_amount = level * (amount - amount_0) * (chance + chance_0) / 2
        pieces = stretched(self._amount._contributions(matrix, 0), of_amount)
        if self._chance is not None:
            of_chance = level * (chance - chance_0) * (amount + amount_0) / 2
            pieces = pieces + stretched(self._chance._contributions(matrix, 1), of_chance)
        return pieces

    def _base_margin(self, code: int) -> float:
        chance_0, amount_0 = self._references()
        return float(chance_0 * amount_0 * self.parts_.settings["level"])

    def _references(self) -> tuple[float, float]:
        """Return chance and amount of the reference customers of the two models."""
        odds = np.inf if self._chance is None else self._chance._base_margin(1)
        return float(1.0 / (1.0 + np.exp(-odds))), base_value(self._amount)


def _rows(training: Training) -> Any:
    return training.X if training.table is None else training.table
