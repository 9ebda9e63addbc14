"""The BTYD summary equals that of lifetimes, and its groups equal its rows."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

from crm_ml.data.datasets import cdnow_table, load_cdnow
from crm_ml.features.example import canonical_table
from crm_ml.features.summary import rfm_summary

CUTOFF = "1997-10-01"


@pytest.fixture(scope="module")
def tx():
    return load_cdnow(sample=True)


@pytest.fixture(scope="module")
def theirs():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifetimes is not at home in pandas 3
        from lifetimes.utils import summary_data_from_transaction_data

        log = cdnow_table(sample=True).to_pandas()
        log["date"] = pd.to_datetime(log["date"])
        known = log[log["date"] < CUTOFF]
        return summary_data_from_transaction_data(
            known, "customer_id", "date", "amount_usd", observation_period_end=CUTOFF
        )


def test_summary_equals_lifetimes_at_the_cutoff(tx, theirs):
    ours = rfm_summary(tx, CUTOFF)
    assert list(ours.index) == [str(one) for one in theirs.index]
    names = {"frequency": "frequency", "recency": "t_x", "T": "T", "monetary_value": "monetary_value"}
    for their_name, our_name in names.items():
        pd.testing.assert_series_equal(
            ours[our_name].astype(float),
            theirs[their_name].set_axis(ours.index),
            check_names=False,
            rtol=1e-12,
        )


def test_groups_count_the_rows(tx):
    rows, groups = rfm_summary(tx, CUTOFF), rfm_summary(tx, CUTOFF, grouped=True)
    expected = rows.groupby(["frequency", "t_x", "T"]).size().rename("count").reset_index()
    pd.testing.assert_frame_equal(groups, expected)


def test_zero_amounts_are_purchases(put):
    log = canonical_table({"customer_id": ["a", "a"], "day": [0, 10], "amount": [5.0, 0.0]})
    assert rfm_summary(put(log), 20).loc["a"].tolist() == [1, 10, 20, 0.0, 5.0]


def test_without_amounts_there_is_no_monetary_value(put):
    log = canonical_table({"customer_id": ["a", "a"], "day": [0, 10]})
    assert list(rfm_summary(put(log), 20)) == ["frequency", "t_x", "T"]
