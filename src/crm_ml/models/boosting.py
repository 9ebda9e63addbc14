"""Gradient-boosted trees: LightGBM's Booster behind the shared estimator, kept as its native text."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_positive, nearest
from crm_ml.models.base import Classifier, Learned, Regressor, Training
from crm_ml.models.links import binary_or_softmax, class_direction
from crm_ml.models.matrix import Floats
from crm_ml.models.snapshots import held_out

__all__ = ["LightGBMClassifier", "LightGBMRegressor"]

_PATIENCE = 40


class _Boosted:
    """The settings and the booster that classifier and regressor share."""

    def __init__(
        self,
        *,
        learning_rate: float = 0.05,
        num_leaves: int = 15,
        max_rounds: int = 600,
        min_leaf: int = 40,
        l2: float = 5.0,
        monotone: Mapping[str, int] | None = None,
        n_jobs: int = 1,
        random_state: Any = 0,
    ) -> None:
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.max_rounds = max_rounds
        self.min_leaf = min_leaf
        self.l2 = l2
        self.monotone = monotone
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _boost(self, training: Training, strata: Any, objective: dict[str, Any], start: Floats) -> Learned:
        """Choose the number of rounds on held-out rows, then train that many on all rows."""
        settings = {**self._settings(training), **objective}
        judges = held_out(training.table, strata, seed=self.random_state)
        rounds = self.max_rounds if judges is not None else min(self.max_rounds, 100)
        if judges is not None:
            rounds = _best_rounds(settings, training, judges, rounds, start)
        booster = lgb.train(settings, _dataset(training, start), num_boost_round=rounds)
        # The text lists the parameters of this machine's run; the trees are all that predicts.
        text = booster.model_to_string(num_iteration=rounds).split("\nparameters:")[0] + "\n"
        return Learned.of({"start": start}, facts={"rounds": rounds}, texts={"booster": text})

    def _settings(self, training: Training) -> dict[str, Any]:
        for name in ("learning_rate", "num_leaves", "max_rounds", "min_leaf", "n_jobs"):
            check_positive(getattr(self, name), what=name)
        seed = self.random_state
        return {
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": max(1, min(self.min_leaf, len(training.y) // 10)),
            "min_data_in_bin": 1 if len(training.y) < 1000 else 3,
            "lambda_l2": self.l2,
            "feature_fraction": 0.8,
            "bagging_fraction": 0.8,
            "bagging_freq": 1 if len(training.y) >= 100 else 0,
            "monotone_constraints": _directions(self.monotone or {}, training.names),
            "boost_from_average": False,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.n_jobs,
            "seed": int(seed.randint(2**31)) if isinstance(seed, np.random.RandomState) else seed or 0,
            "verbosity": -1,
        }

    def _raw(self: Any, matrix: Floats) -> Floats:
        """Return raw scores, shape (n, number of scores)."""
        raw = np.asarray(self._booster.predict(matrix, raw_score=True), dtype=np.float64)
        return np.asarray(raw.reshape(len(matrix), -1) + self.parts_.arrays["start"])

    def _pieces(self: Any, matrix: Floats) -> Floats:
        """Return TreeSHAP values, shape (n, number of scores, p + 1); the last is the base."""
        pieces = np.asarray(self._booster.predict(matrix, pred_contrib=True), dtype=np.float64)
        shaped = pieces.reshape(len(matrix), -1, matrix.shape[1] + 1)
        shaped[:, :, -1] += self.parts_.arrays["start"]
        return np.asarray(shaped)

    def _wake(self: Any) -> None:
        self._booster = lgb.Booster(model_str=self.parts_.texts["booster"])

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # A deep copy of a Booster loses its number of threads; the text makes a fresh one.
        twin: Any = copy.copy(self)
        if hasattr(twin, "parts_"):
            twin._wake()
        return twin  # type: ignore[no-any-return]


class LightGBMClassifier(_Boosted, Classifier):
    """Gradient-boosted trees for two or more classes.

    Missing values are handled natively. The number of rounds is the best one on the latest snapshot (a
    quarter of the customers when there is one snapshot); then all rows train that many rounds.

    Parameters
    ----------
    learning_rate : float
        Step of one tree.
    num_leaves : int
        Leaves a tree.
    max_rounds : int
        Most trees.
    min_leaf : int
        Fewest customers in a leaf; a tenth of the customers when those are few.
    l2 : float
        Squared penalty on leaf values.
    monotone : mapping of str to int, optional
        Feature → +1 (a larger value never lowers the risk) or −1. For two classes only.
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
        if self.monotone:
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


class LightGBMRegressor(_Boosted, Regressor):
    """Gradient-boosted trees for an amount: Tweedie when no amount is negative, squared error otherwise.

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
        mean = float(np.average(training.y, weights=training.weight))
        tweedie = bool((training.y >= 0).all() and mean > 0)
        unit = mean if tweedie else float(np.std(training.y)) or 1.0
        scaled = replace(training, y=training.y / unit)
        objective = (
            {"objective": "tweedie", "tweedie_variance_power": 1.5} if tweedie else {"objective": "l2"}
        )
        start = np.array([0.0 if tweedie else mean / unit])
        one_stratum = np.zeros(len(training.y), dtype=np.int64)
        learned = self._boost(scaled, one_stratum, objective, start)
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


def _dataset(training: Training, start: Floats, reference: lgb.Dataset | None = None) -> lgb.Dataset:
    first = np.repeat(start, len(training.y))  # LightGBM wants all rows of score 0, then of score 1, …
    return lgb.Dataset(
        training.X,
        training.y,
        weight=training.weight,
        init_score=first,
        reference=reference,
        free_raw_data=True,
    )


def _best_rounds(
    settings: dict[str, Any], training: Training, judges: npt.NDArray[np.bool_], rounds: int, start: Floats
) -> int:
    data = _dataset(training.rows(~judges), start)
    later = _dataset(training.rows(judges), start, reference=data)
    stop = lgb.early_stopping(_PATIENCE, verbose=False)
    booster = lgb.train(settings, data, num_boost_round=rounds, valid_sets=[later], callbacks=[stop])
    return max(1, int(booster.best_iteration))


def _directions(monotone: Mapping[str, int], names: list[str]) -> list[int]:
    for name, direction in monotone.items():
        if name not in names:
            near = nearest(name, names)
            raise InputError(
                "unknown feature in monotone", got=repr(name), do=f"did you mean {near}?" if near else None
            )
        if direction not in (-1, 0, 1):
            raise InputError("a monotone direction is -1, 0 or 1", got=f"{name}: {direction}")
    return [int(monotone.get(name, 0)) for name in names]
