"""One recipe for every technique: what it reads, what it learns from, how it meets the later level."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crm_ml.evaluation.candidates import able_to_learn, can_learn, fit_baseline, fit_candidate
from crm_ml.evaluation.panel import Panel
from crm_ml.labels.tasks import TASKS

FIRST, LATER = dt.date(2024, 1, 1), dt.date(2024, 4, 1)


def panel(task, cutoff, *, customers=600, level=1.0, seed=0):
    random = np.random.default_rng(seed)
    recency = random.integers(1, 300, customers).astype(float)
    index = pd.MultiIndex.from_product(
        [[f"c{i:04d}" for i in range(customers)], [cutoff]], names=["customer_id", "cutoff"]
    )
    X = pd.DataFrame(
        {
            "recency_days": recency,
            "frequency": random.integers(0, 6, customers),
            "T": 320.0,
            "btyd_expected_purchases": 1 / recency,
        },
        index=index,
    )
    if task == "value":
        y = pd.Series(level * (300 - recency), index=index)
    else:
        y = pd.Series(random.random(customers) < recency / 330, index=index, dtype="boolean")
    context = pd.DataFrame({"established": True, "at_stake": 1.0, "value": 1.0}, index=index)
    return Panel(TASKS[task], X, y, context)


def test_probabilities_come_true_on_the_later_snapshot():
    later = panel("stopped", LATER, seed=1)
    model = fit_candidate("logistic", panel("stopped", FIRST), later, horizon_days=90)
    assert model.predict_proba(later.X)[:, 1].mean() == pytest.approx(later.y.astype(float).mean(), abs=0.01)


def test_amounts_are_brought_to_the_level_of_the_later_snapshot():
    later = panel("value", LATER, level=0.5)
    model = fit_candidate("logistic", panel("value", FIRST), later, horizon_days=90)
    assert model.predict(later.X).sum() == pytest.approx(later.y.sum(), rel=1e-6)


@pytest.mark.parametrize("technique", ["decision_tree", "rule_list"])
def test_readable_models_get_no_column_that_is_itself_an_answer(technique):
    model = fit_candidate(technique, panel("stopped", FIRST), None, horizon_days=90)
    assert "btyd_expected_purchases" not in model.parts_.settings["features"]


def test_beyond_the_limit_whole_customers_are_drawn_the_same_every_time():
    train = panel("stopped", FIRST)
    first, again, other = (train.at_most(200, seed) for seed in (0, 0, 1))
    assert 120 < len(first) < 280
    assert first.customers.tolist() == again.customers.tolist() != other.customers.tolist()
    assert train.at_most(600) is train


def test_a_baseline_reads_its_own_columns_only():
    assert fit_baseline("recency_only", panel("stopped", FIRST)).parts_.settings["features"] == [
        "recency_days"
    ]


def test_columns_of_the_baselines_are_hidden_from_techniques():
    model = fit_candidate(
        "lightgbm", panel("stopped", FIRST), None, horizon_days=90, hidden=["frequency", "T"]
    )
    assert set(model.to_parts().settings["features"]) == {"recency_days", "btyd_expected_purchases"}


@pytest.mark.parametrize(
    ("technique", "settings"), [("value_blend", {}), ("blend", {"models": ["lightgbm", "btyd"]})]
)
def test_a_mean_with_a_purchase_process_needs_its_features_too(technique, settings):
    names = [technique, "two_part"]
    able, why = able_to_learn(names, "regression", ["frequency", "T"], {technique: settings})
    assert able == ["two_part"]
    assert why == (f"{technique} was left out: the chosen features lack t_x",)
    everything = able_to_learn(names, "regression", ["frequency", "t_x", "T"], {technique: settings})
    assert everything == (names, ())


def test_purchase_processes_know_no_classes():
    assert can_learn("btyd", "regression")
    assert not can_learn("btyd", "multiclass")
