"""Boosted trees as tables: the same numbers as LightGBM itself, whatever the trees look like."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from crm_ml.models.boosting import LightGBMClassifier
from crm_ml.models.tree_tables import TreeTables

N = 3_000


def _matrix(seed: int) -> np.ndarray:
    """Return numbers, counts with many zeros, a column with gaps, one of gaps only, one constant."""
    random = np.random.default_rng(seed)
    gaps = np.where(random.random(N) < 0.3, np.nan, random.normal(size=N))
    counts = random.poisson(0.7, N)
    constants = [np.full(N, np.nan), np.ones(N)]
    return np.column_stack([random.normal(size=N), counts, -counts, gaps, *constants])


def _booster(
    objective: str, *, leaves: int = 7, rounds: int = 30, categories: Any = "auto", **more: Any
) -> lgb.Booster:
    X = _matrix(0)
    signal = X[:, 0] + X[:, 1] - np.nan_to_num(X[:, 3], nan=2.0) + np.random.default_rng(1).normal(size=N)
    y = np.digitize(signal, [-1.0, 1.0]) if objective == "multiclass" else signal > 0
    settings = {"objective": objective, "num_leaves": leaves, "verbosity": -1, "num_threads": 1, **more}
    data = lgb.Dataset(X, y, categorical_feature=categories)
    return lgb.train(settings, data, num_boost_round=rounds)


CASES = {
    "binary": {"objective": "binary"},
    "three classes": {"objective": "multiclass", "num_class": 3},
    "bagged: counts differ by tree": {
        "objective": "binary",
        "bagging_fraction": 0.5,
        "bagging_freq": 1,
    },
    "one split a tree": {"objective": "binary", "leaves": 2},
    "the largest that are tabulated": {"objective": "binary", "leaves": 9},
    "a tree that is one leaf": {"objective": "binary", "min_gain_to_split": 1e9, "rounds": 2},
}


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES.keys())
def booster(request: pytest.FixtureRequest) -> lgb.Booster:
    return _booster(**request.param)


def _unseen() -> np.ndarray:
    """Return rows with what training did not meet: gaps where there were none, infinite and tiny numbers."""
    X = _matrix(2)
    X[:50, 0], X[50:100, 1], X[100:150, 3] = np.nan, np.nan, np.inf
    X[150:200, 1], X[200:250, 2] = -0.0, 1e-36
    return X


def test_raw_scores_are_the_same_to_the_last_bit(booster: lgb.Booster) -> None:
    tables, X = TreeTables(booster.model_to_string()), _unseen()
    expected = booster.predict(X, raw_score=True).reshape(N, -1)
    assert tables.serve(N)
    np.testing.assert_array_equal(tables.raw(X), expected)


def test_contributions_are_those_of_lightgbm(booster: lgb.Booster) -> None:
    tables, X = TreeTables(booster.model_to_string()), _unseen()
    expected = booster.predict(X, pred_contrib=True).reshape(N, -1, X.shape[1] + 1)
    np.testing.assert_allclose(tables.contributions(X), expected, rtol=0, atol=1e-9)


def test_blocks_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    tables, X = TreeTables(_booster("binary").model_to_string()), _unseen()
    raw, pieces = tables.raw(X), tables.contributions(X)
    monkeypatch.setattr("crm_ml.models.tree_tables._BLOCK", 700)
    np.testing.assert_array_equal(tables.raw(X), raw)
    np.testing.assert_array_equal(tables.contributions(X), pieces)


@pytest.mark.parametrize(
    "more",
    [{"leaves": 12}, {"categories": [1, 2]}, {"zero_as_missing": True}, {"linear_tree": True}],
    ids=["large trees", "categories", "zero is missing", "linear leaves"],
)
def test_other_trees_are_left_to_lightgbm(more: dict[str, Any]) -> None:
    assert not TreeTables(_booster("binary", **more).model_to_string()).serve(N)


def test_a_model_answers_the_same_for_few_rows_and_for_many() -> None:
    X = _matrix(3)
    model = LightGBMClassifier(max_rounds=40).fit(X, X[:, 0] > X[:, 1])
    few = np.concatenate([model.predict_proba(part) for part in np.array_split(X, 5)])
    np.testing.assert_array_equal(model.predict_proba(X), few)
    few = np.concatenate([model.contributions(part) for part in np.array_split(X, 5)])
    np.testing.assert_allclose(model.contributions(X), few, rtol=0, atol=1e-9)
