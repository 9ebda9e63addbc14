"""A fall is proven by the customer's own past, and by nothing that comes later."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from crm_ml.data.reading import read_transactions
from crm_ml.data.simulation import make_transactions
from crm_ml.features.fall import proven_fall


def log(days_by_customer):
    rows = [(name, pd.Timestamp("2024-01-01") + pd.Timedelta(days=day), 10.0)
            for name, days in days_by_customer.items() for day in days]  # fmt: skip
    table = pd.DataFrame(rows, columns=["customer_id", "timestamp", "amount"])
    return read_transactions(table, customer_id="customer_id", timestamp="timestamp", amount="amount")


def test_by_hand():
    """Eight repeat days in 300, one of them in the last 100: binomial, moved with the whole base."""
    steady = range(0, 300, 30)
    tx = log({"steady": steady, "falls": [0, 30, 60, 90, 120, 150, 180, 190, 250], "gone": [0, 20, 40, 60]})
    falls = proven_fall(tx, "2024-10-27", recent_days=100)
    recent, repeats = np.array([3, 1, 0]), np.array([9, 8, 3])
    odds = recent.sum() / (repeats / 3).sum() * (1 / 3) / (2 / 3)
    share = odds / (1 + odds)
    order = ["steady", "falls", "gone"]
    assert falls.loc[order, "recent"].tolist() == recent.tolist()
    np.testing.assert_allclose(falls.loc[order, "chance"], binom.cdf(recent, repeats, share))
    np.testing.assert_allclose(falls.loc[order, "expected"], repeats * share)
    assert falls.loc[order, "still_buying"].tolist() == [True, True, False]


def test_too_few_purchases_are_no_pattern():
    """Two purchase days say nothing about a rate."""
    assert proven_fall(log({"a": [0, 50, 90], "b": [0, 50]}), "2024-07-01").index.tolist() == ["a"]


def test_what_comes_after_the_cutoff_changes_nothing():
    """A row exactly on the cutoff belongs to the future."""
    before = {"a": [0, 50, 90, 120], "b": [0, 10, 20, 140]}
    after = {name: [*days, 182, 200] for name, days in before.items()}  # 2024-07-01 is day 182
    pd.testing.assert_frame_equal(
        proven_fall(log(before), "2024-07-01"), proven_fall(log(after), "2024-07-01")
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_customers_who_dry_up_are_found(seed):
    """The first tenth of those who still buy holds at least twice the share planted."""
    from crm_ml.evaluation.recovery import planted_recovery

    lines, truth = make_transactions(3_000, days=800, mean_gap_days=20, seed=seed)
    tx = read_transactions(lines, customer_id="customer_id", timestamp="date", amount="amount")
    scores = {}
    for day in ("2023-05-01", "2023-08-01", "2023-11-01"):
        falls = proven_fall(tx, day)
        scores[day] = falls.loc[falls["still_buying"], "evidence"]
    found = planted_recovery(scores, truth)
    sums = found.table[["hits", "top", "planted", "ranked"]].sum()
    assert sums["hits"] / sums["top"] >= 2 * sums["planted"] / sums["ranked"]
    assert found.table["lift"].min() > 1.7  # single lists of 250 customers waver
    assert found.figures["median_delay_days"] < 240
