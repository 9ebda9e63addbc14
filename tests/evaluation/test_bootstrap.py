"""Intervals cover what they promise, customers are drawn whole, and draws are shared and repeatable."""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval
from crm_ml.evaluation.metrics import auc


def test_all_rows_of_a_customer_get_the_same_weight():
    customers = np.array(["a", "b", "a", "c", "b", "a"])
    weights = np.concatenate(list(CustomerBootstrap(customers, replicates=50).weights()))
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 1] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_the_same_seed_gives_the_same_draws_whatever_the_block(monkeypatch):
    customers = np.arange(100)
    whole = np.concatenate(list(CustomerBootstrap(customers, 20, seed=3).weights()))
    monkeypatch.setattr("crm_ml.evaluation.bootstrap._AT_ONCE", 300)
    blocks = list(CustomerBootstrap(customers, 20, seed=3).weights())
    assert len(blocks) > 1
    assert (np.concatenate(blocks) == whole).all()


def test_the_error_of_a_mean_is_right():
    values = np.random.default_rng(0).normal(size=400)
    means = CustomerBootstrap(np.arange(400), 2000).figures(lambda w: w @ values / w.sum(axis=-1))
    assert means.std() == pytest.approx(values.std() / 20, rel=0.08)


def test_rows_of_one_person_are_not_independent_witnesses():
    """Ten copies of every customer must not narrow the interval."""
    values = np.random.default_rng(0).normal(size=200)
    once = CustomerBootstrap(np.arange(200), 1000).figures(lambda w: w @ values / w.sum(axis=-1))
    tenfold = np.tile(values, 10)
    ten = CustomerBootstrap(np.tile(np.arange(200), 10), 1000).figures(lambda w: w @ tenfold / w.sum(axis=-1))
    assert ten.std() == pytest.approx(once.std(), rel=1e-9)


def test_the_interval_of_an_auc_covers_the_truth_as_often_as_promised():
    random = np.random.default_rng(4)
    covered = 0
    for _ in range(100):
        y = np.repeat([0.0, 1.0], 60)
        score = random.normal(y)
        low, high = interval(CustomerBootstrap(np.arange(120), 200).figures(lambda w: auc(y, score, w)))  # noqa: B023
        covered += low < 0.76025 < high  # Φ(1/√2)
    assert 88 <= covered <= 100


def test_draws_without_a_class_are_left_out():
    assert interval([np.nan, 1.0, 2.0, 3.0], 0.5) == (1.5, 2.5)
    assert np.isnan(interval([np.nan])).all()
