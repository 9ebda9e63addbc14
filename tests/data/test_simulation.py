"""The simulated base keeps what it promises, since detection is tested against its truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.data.datasets import make_transactions
from crm_ml.data.reading import read_transactions


@pytest.fixture(scope="module")
def base():
    """Two thousand customers over two years."""
    return make_transactions(2_000, seed=7)


def rate_after_onset(base, fate):
    """Return orders a day after and before the onset, for customers of one fate."""
    lines, truth = base
    orders = lines[lines["quantity"] > 0].drop_duplicates("order_id").merge(truth, on="customer_id")
    orders = orders[orders["fate"] == fate]
    people = truth[truth["fate"] == fate]
    end = lines["date"].max()
    after = (orders["date"] >= orders["onset"]).sum() / (end - people["onset"]).dt.days.sum()
    before = (orders["date"] < orders["onset"]).sum() / (people["onset"] - people["first_day"]).dt.days.sum()
    return after / before


def test_the_same_seed_gives_the_same_base(base):
    """A test bed must not move."""
    lines, truth = make_transactions(2_000, seed=7)
    pd.testing.assert_frame_equal(lines, base[0])
    pd.testing.assert_frame_equal(truth, base[1])
    assert not make_transactions(2_000, seed=8)[0].equals(lines)


def test_fates_do_what_they_say(base):
    """Who stopped never buys again; who dries up buys less; who is unlucky comes back."""
    assert rate_after_onset(base, "stops") == 0
    assert 0.2 < rate_after_onset(base, "dries_up") < 0.8
    lines, truth = base
    last = lines[lines["quantity"] > 0].groupby("customer_id")["date"].max()
    unlucky = truth[(truth["fate"] == "unlucky") & (truth["onset"] < "2022-12-01")]
    assert (last.reindex(unlucky["customer_id"]).to_numpy() > unlucky["onset"].to_numpy()).mean() > 0.8


def test_drying_up_shrinks_the_basket_too(base):
    """Money falls faster than visits."""
    lines, truth = base
    fading = truth[truth["fate"] == "dries_up"]
    sales = lines[lines["quantity"] > 0].merge(fading, on="customer_id")
    late = sales["date"] >= sales["onset"] + pd.Timedelta(days=120)
    early = sales["date"] < sales["onset"]
    assert sales[late]["quantity"].mean() < 0.85 * sales[early]["quantity"].mean()


def test_shares_seasons_returns_and_campaigns_are_there(base):
    """Every column that features read has something to read."""
    lines, truth = base
    shares = truth["fate"].value_counts(normalize=True)
    assert np.allclose(shares[["stops", "dries_up", "unlucky"]], [0.25, 0.15, 0.10], atol=0.03)
    assert 0.02 < (lines["quantity"] < 0).mean() < 0.04
    assert lines.loc[lines["campaign"] != "", "discount"].min() == 0.2
    assert (lines["delivered"] > lines["promised"]).mean() > 0.05
    monthly = lines.groupby(lines["date"].dt.to_period("M"))["amount"].sum()
    assert monthly["2022-12"] > 1.2 * monthly["2022-11"]
    assert (lines["cost"].abs() < lines["list_price"].abs() + 0.01).all()


def test_the_base_reads_without_a_finding_that_refuses(base):
    """Our own lines pass our own rules."""
    lines, truth = base
    tx = read_transactions(
        lines,
        customer_id="customer_id",
        timestamp="date",
        amount="amount",
        order_id="order_id",
        quantity="quantity",
        product_id="product_id",
        category="category",
        cost="cost",
        discount="discount",
        list_price="list_price",
        promised="promised",
        delivered="delivered",
    )
    assert (tx.counts["quarantined"], tx.counts["customers"]) == (0, len(truth))


@pytest.mark.parametrize(
    "wrong", [{"stop_share": 0.9, "dry_up_share": 0.9}, {"n_customers": 0}, {"season": 2.0}]
)
def test_impossible_bases_are_refused(wrong):
    """Shares add up to one at most."""
    with pytest.raises(InputError):
        make_transactions(**{"n_customers": 10, **wrong})


@pytest.mark.slow
def test_a_hundred_thousand_customers_take_seconds():
    """Benchmarks start from simulated bases; processor time, since machines are shared."""
    import time

    start = time.process_time()
    lines, _ = make_transactions(100_000, seed=1)
    assert len(lines) > 3_000_000
    assert time.process_time() - start < 40
