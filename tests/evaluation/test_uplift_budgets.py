"""What a campaign earns at every size: by hand, against lots, and without order among equals."""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.evaluation.uplift_budgets import first_share, uplift_budgets


@pytest.fixture(scope="module")
def trial():
    """A contact helps the upper half by 30 points and puts the lower tenth off by 20."""
    random = np.random.default_rng(3)
    x, contacted = random.random(12_000), random.random(12_000) < 0.5
    y = random.random(12_000) < 0.3 + contacted * np.where(x > 0.5, 0.3, np.where(x < 0.1, -0.2, 0.0))
    return x, contacted, y.astype(float)


def test_gains_are_those_planted(trial):
    """0.5 × (10 × 0.3 − 1) a customer for the upper half; more customers only cost."""
    x, contacted, y = trial
    result = uplift_budgets({"uplift": x}, y, contacted, [0.25, 0.5, 1.0], value=10, cost=1, replicates=60)
    rows = result.table.set_index(["ranking", "share"])
    assert rows.loc[("uplift", 0.5), "gain"] == pytest.approx(1000, abs=150)
    assert rows.loc[("uplift", 0.5), "low"] < 1000 < rows.loc[("uplift", 0.5), "high"]
    assert rows.loc[("uplift", 0.5), "above_low"] > 0
    assert result.figures["best_share"] == 0.5
    assert rows.loc[("uplift", 1.0), "gain"] == pytest.approx(rows.loc[("random", 1.0), "gain"])
    assert rows.loc[("random", 0.5), "gain"] == pytest.approx(rows.loc[("random", 1.0), "gain"] / 2)
    assert result.plot("en").axes[0].get_ylabel() == "gain per 1,000 customers"


def test_equals_have_no_order():
    """Who ties at the border is taken in part: the order of the table decides nothing."""
    assert first_share(np.zeros(4), 0.25).tolist() == [0.25] * 4
    share = first_share([1.0, 2.0, 1.0, 0.0], 0.5)
    assert share.tolist() == [0.5, 1.0, 0.5, 0.0]
    assert first_share([3.0, 2.0, 1.0], 1.0).tolist() == [1.0, 1.0, 1.0]


def test_the_order_of_the_rows_changes_nothing(trial):
    """Metamorphic: shuffled customers, the same figures."""
    x, contacted, y = (part[:2000] for part in trial)
    score, order = np.round(x, 1), np.random.default_rng(0).permutation(2000)
    one = uplift_budgets({"uplift": score}, y, contacted, [0.3], replicates=5).table
    other = uplift_budgets({"uplift": score[order]}, y[order], contacted[order], [0.3], replicates=5).table
    assert other["gain"].tolist() == pytest.approx(one["gain"].tolist())
