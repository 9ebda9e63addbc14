"""Partial defection on CDNOW: shares and losses that were measured independently of this code."""

from __future__ import annotations

import pytest

from crm_ml.data.datasets import cdnow_table, load_cdnow
from crm_ml.data.normal import NormalSettings
from crm_ml.data.reading import read_transactions
from crm_ml.data.windows import Window
from crm_ml.evaluation.chance import chance_level
from crm_ml.labels.behaviour import behaviour
from crm_ml.labels.settings import LabelSettings


def textbook(min_purchase_days, delta):
    """The plain definition: no market index, no trend, first purchase in the baseline, one delta."""
    normal = NormalSettings(
        min_purchase_days=min_purchase_days, skip_first_purchase=False, use_market_index=False
    )
    return LabelSettings(normal=normal, delta=delta, key_account_share=0.0, trend_periods=0)


@pytest.mark.parametrize(
    ("least", "delta", "stops", "either", "drops_of_buyers"),
    [
        (1, 0.3, 0.70, 0.83, None),
        (1, 0.5, 0.70, 0.79, 0.32),
        (3, 0.3, 0.34, 0.74, None),
        (3, 0.5, 0.34, 0.65, 0.46),
    ],
)
def test_prevalence_january_to_september_1997_against_the_rest(least, delta, stops, either, drops_of_buyers):
    state = behaviour(load_cdnow(), Window("1997-10-01", 273), textbook(least, delta))["state"].dropna()
    share = state.value_counts(normalize=True)
    assert share["stops"] == pytest.approx(stops, abs=0.005)
    assert share["stops"] + share["dries_up"] == pytest.approx(either, abs=0.0051)
    if drops_of_buyers is not None:
        assert share["dries_up"] / (1 - share["stops"]) == pytest.approx(drops_of_buyers, abs=0.007)


@pytest.fixture(scope="module")
def from_april():
    """CDNOW from April 1997, when the last customer had been acquired."""
    table = cdnow_table().to_pandas()
    later = table[table["date"].astype(str) >= "1997-04-01"]
    return read_transactions(later, customer_id="customer_id", timestamp="date", amount="amount_usd")


@pytest.mark.parametrize(
    ("least", "customers", "stopped", "shrunk", "by_chance", "significant"),
    [
        (1, 8110, 0.289, 0.270, 0.247, 0.013),
        (3, 2512, 0.181, 0.341, 0.298, 0.042),
        (5, 1069, 0.124, 0.371, 0.302, 0.099),
    ],
)
def test_loss_gross_and_by_chance(from_april, least, customers, stopped, shrunk, by_chance, significant):
    """Every fall counts (delta 0); chance deals each customer's days out over both periods."""
    found = chance_level(from_april, Window("1997-11-15", 228), textbook(least, 0.0), draws=20)
    loss = found.table.set_index("state")
    assert found.n == customers
    assert loss.loc["stops", "loss"] == pytest.approx(stopped, abs=5e-4)
    assert loss.loc["dries_up", "loss"] == pytest.approx(shrunk, abs=6e-4)
    assert loss.loc["dries_up", "chance_loss"] == pytest.approx(by_chance, abs=0.01)
    assert found.figures["significant"] == pytest.approx(significant, abs=5e-4)


def test_most_of_a_naive_drying_up_label_is_chance(from_april):
    found = chance_level(from_april, Window("1997-11-15", 228), textbook(3, 0.5), draws=20)
    row = found.table.set_index("state").loc["dries_up"]
    assert row["observed"] == pytest.approx(0.318, abs=5e-4)
    assert row["chance"] == pytest.approx(0.29, abs=0.012)
