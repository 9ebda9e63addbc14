"""What moves a customer is told from what moves the established, not from the average of everybody."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from crm_ml.models.linear import LogisticClassifier
from crm_ml.prediction.pushes import pushes_of, usual_pushes


@pytest.fixture(scope="module")
def base():
    """Nine of ten bought once and never again; regular customers who fall silent stop too."""
    rng = np.random.default_rng(0)
    n = 3_000
    once = rng.random(n) < 0.9
    rows = pd.DataFrame(
        {
            "recency_days": np.where(once, rng.uniform(100, 400, n), rng.uniform(1, 120, n)),
            "purchase_days": np.where(once, 1, rng.integers(3, 20, n)).astype(float),
            "established": ~once,
        },
        index=pd.Index([f"c{place:04d}" for place in range(n)], name="customer_id"),
    )
    stopped = rng.random(n) < np.where(once, 0.95, rows["recency_days"] / 150)
    return rows, pd.Series(stopped, rows.index)


@pytest.fixture(scope="module")
def models(base):
    rows, stopped = base
    champion = LogisticClassifier().fit(rows[["recency_days", "purchase_days"]], stopped)
    return SimpleNamespace(champions={"stopped": champion}, roles={"stopped": "model"})


def test_silence_of_a_regular_customer_speaks_for_a_threat(base, models):
    """Beside the average of everybody it speaks against one, since nearly everybody is gone for longer."""
    silent = pd.DataFrame({"recency_days": [110.0], "purchase_days": [10.0]}, index=["regular"])
    usual = usual_pushes(models, base[0])
    assert pushes_of(models, silent).loc["regular", "recency_days"] < 0
    assert pushes_of(models, silent, usual).loc["regular", "recency_days"] > 0


def test_half_of_the_established_lie_on_either_side(base, models):
    rows = base[0]
    pushes = pushes_of(models, rows[rows["established"]], usual_pushes(models, rows))
    np.testing.assert_allclose(pushes.median(), 0.0, atol=1e-9)


def test_without_a_model_or_without_regular_customers_there_is_nothing_usual(base, models):
    rows = base[0]
    assert usual_pushes(models, rows.assign(established=False)) == {}
    baseline = SimpleNamespace(champions=models.champions, roles={"stopped": "baseline"})
    assert usual_pushes(baseline, rows) == {}
    assert pushes_of(baseline, rows) is None


def test_a_bundle_from_before_knows_nothing_usual(base, models):
    rows = base[0].head(5)
    pd.testing.assert_frame_equal(pushes_of(models, rows, {}), pushes_of(models, rows))
