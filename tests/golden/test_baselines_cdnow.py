"""Baselines on later data: CDNOW master, cutoff 1997-10-01, 273 days, the figures to beat.

The reference table broke ties by customer id; ours counts them in fractions. Both are checked: the first
proves that score, label and metric are the same, the second is what we report.
"""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.data.datasets import load_cdnow
from crm_ml.data.windows import Window
from crm_ml.evaluation.metrics import auc, average_precision, lift_at
from crm_ml.evaluation.money import spend_gini
from crm_ml.features.build import build_features
from crm_ml.labels.stopped import label_stopped
from crm_ml.labels.value import label_value

WINDOW = Window("1997-10-01", 273)


@pytest.fixture(scope="module")
def base():
    tx = load_cdnow()
    X = build_features(
        tx, WINDOW.cutoff, features=["recency_days", "purchase_days", "frequency", "T", "revenue"]
    )
    X = X.iloc[np.argsort(X.index.astype(int), kind="stable")]
    stopped = label_stopped(tx, WINDOW).reindex(X.index).to_numpy(dtype=float)
    return X, stopped, label_value(tx, WINDOW).reindex(X.index).to_numpy(dtype=float)


def first_customer_first(score):
    """Break ties by the order of the rows."""
    rank = np.empty(len(score))
    rank[np.argsort(-score, kind="stable")] = np.arange(len(score), 0, -1)
    return rank


def test_the_base_itself(base):
    X, stopped, _ = base
    assert len(X) == 23_570
    assert stopped.mean() == pytest.approx(0.701, abs=5e-4)
    assert (X["purchase_days"] >= 3).sum() == pytest.approx(5009, abs=2)


@pytest.mark.parametrize(
    ("name", "published"),
    [("recency_only", (0.7594, 0.8454, 1.238, 0.6949)), ("naive_rate", (0.7538, 0.8396, 1.232, 0.6504))],
)
def test_stopped(base, name, published):
    X, stopped, _ = base
    rate = X["frequency"] / X["T"]
    score = (X["recency_days"] if name == "recency_only" else -rate).to_numpy(dtype=float)
    known = (X["purchase_days"] >= 3).to_numpy()
    assert auc(stopped, score) == pytest.approx(published[0], abs=5e-5)
    assert average_precision(stopped, score) == pytest.approx(published[1], abs=5e-5)
    assert lift_at(stopped, first_customer_first(score)) == pytest.approx(published[2], abs=5e-4)
    assert lift_at(stopped, score) == pytest.approx(published[2], abs=0.015)
    assert auc(stopped[known], score[known]) == pytest.approx(published[3], abs=1e-4)


@pytest.mark.parametrize(
    ("name", "published"), [("recency_only", (0.6396, 0.4487)), ("naive_rate", (0.6977, 0.6051))]
)
def test_spend_gini(base, name, published):
    X, _, value = base
    score = (-X["recency_days"] if name == "recency_only" else X["revenue"] / X["T"]).to_numpy(dtype=float)
    known = (X["purchase_days"] >= 3).to_numpy()
    ordered, peers = first_customer_first(score), first_customer_first(score[known])
    assert spend_gini(value, ordered) == pytest.approx(published[0], abs=5e-5)
    assert spend_gini(value[known], peers) == pytest.approx(published[1], abs=2.5e-4)
    assert spend_gini(value, score) == pytest.approx(published[0], abs=5e-4)
