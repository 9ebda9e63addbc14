"""One LightGBM booster: settings, number of rounds, native text, raw scores and TreeSHAP values."""

from __future__ import annotations

import copy
from typing import Any, Self

import lightgbm as lgb
import numpy as np

from crm_ml.base.validation import check_positive
from crm_ml.models.estimator import Learned, Training
from crm_ml.models.matrix import Floats
from crm_ml.models.monotone import Monotone, directions
from crm_ml.models.snapshots import Split, held_out
from crm_ml.models.tree_tables import TreeTables

__all__ = ["Boosted"]

_PATIENCE = 40


class Boosted:
    """The settings and the booster that classifier and regressor share."""

    def __init__(
        self,
        *,
        learning_rate: float = 0.05,
        num_leaves: int = 7,
        max_rounds: int = 600,
        min_leaf: int = 40,
        l2: float = 5.0,
        monotone: Monotone = "auto",
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
        one_way = {} if len(start) > 1 else directions(self.monotone, training, strata)
        constraints = [one_way.get(name, 0) for name in training.names]
        settings = {**self._settings(training), **objective, "monotone_constraints": constraints}
        split = held_out(training.table, strata, seed=self.random_state)
        rounds = self.max_rounds if split is not None else min(self.max_rounds, 100)
        if split is not None:
            rounds = _best_rounds(settings, training, split, rounds, start)
        booster = lgb.train(settings, _dataset(training, start), num_boost_round=rounds)
        # The text lists the parameters of this machine's run; the trees are all that predicts.
        text = booster.model_to_string(num_iteration=rounds).split("\nparameters:")[0] + "\n"
        return Learned.of(
            {"start": start}, facts={"rounds": rounds, "monotone": one_way}, texts={"booster": text}
        )

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
            "boost_from_average": False,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.n_jobs,
            "seed": int(seed.randint(2**31)) if isinstance(seed, np.random.RandomState) else seed or 0,
            "verbosity": -1,
        }

    def _raw(self: Any, matrix: Floats) -> Floats:
        """Return raw scores, shape (n, number of scores)."""
        if self._tables.serve(len(matrix)):
            raw: Floats = self._tables.raw(matrix)
        else:
            raw = np.asarray(self._booster.predict(matrix, raw_score=True, num_threads=self.n_jobs))
        return np.asarray(raw.reshape(len(matrix), -1) + self.parts_.arrays["start"])

    def _pieces(self: Any, matrix: Floats) -> Floats:
        """Return TreeSHAP values, shape (n, number of scores, p + 1); the last is the base."""
        if self._tables.serve(len(matrix)):
            pieces: Floats = self._tables.contributions(matrix)
        else:
            pieces = np.asarray(self._booster.predict(matrix, pred_contrib=True, num_threads=self.n_jobs))
        shaped = pieces.reshape(len(matrix), -1, matrix.shape[1] + 1)
        shaped[:, :, -1] += self.parts_.arrays["start"]
        return np.asarray(shaped)

    def _wake(self: Any) -> None:
        self._booster = lgb.Booster(model_str=self.parts_.texts["booster"])
        self._tables = TreeTables(self.parts_.texts["booster"])

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # A deep copy of a Booster loses its number of threads; the text makes a fresh one.
        twin: Any = copy.copy(self)
        if hasattr(twin, "parts_"):
            twin._wake()
        return twin  # type: ignore[no-any-return]


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
    settings: dict[str, Any], training: Training, split: Split, rounds: int, start: Floats
) -> int:
    data = _dataset(training.rows(split.growing), start)
    later = _dataset(training.rows(split.judging), start, reference=data)
    stop = lgb.early_stopping(_PATIENCE, verbose=False)
    booster = lgb.train(settings, data, num_boost_round=rounds, valid_sets=[later], callbacks=[stop])
    return max(1, int(booster.best_iteration))
