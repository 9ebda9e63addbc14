"""What build_features and build_feature_panel promise besides the numbers."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from crm_ml.base.exceptions import InputError, WindowError
from crm_ml.features.build import build_feature_panel, build_features
from crm_ml.features.example import canonical_table
from crm_ml.features.in_memory import snapshot

LOG = canonical_table({"customer_id": ["b", "a", "a"], "day": [10, 20, 30], "amount": [1.0, 2.0, 3.0]})


def test_one_row_a_customer_sorted_by_id(put):
    X = build_features(put(LOG), 40)
    assert X.index.name == "customer_id"
    assert list(X.index) == ["a", "b"]


def test_arrow_and_native_hold_the_same_as_pandas(put):
    tx = put(LOG)
    expected = build_features(tx, 40)
    arrow = build_features(tx, 40, output="arrow")
    native = build_features(tx, 40, output="native")
    assert isinstance(arrow, pa.Table)
    assert isinstance(native, duckdb.DuckDBPyRelation)
    for frame in (arrow.to_pandas(), native.df()):
        pd.testing.assert_frame_equal(
            frame.set_index("customer_id").sort_index(), expected, check_index_type=False
        )


def test_only_the_named_features_in_the_order_of_the_catalogue(put):
    X = build_features(put(LOG), 40, features=["revenue", "recency_days"])
    assert list(X.columns) == ["recency_days", "revenue"]


def test_what_the_columns_do_not_allow_is_left_out_by_name(put):
    X = build_features(put(LOG), 40)
    assert "distinct_products" not in X
    assert X.attrs["left_out"]["distinct_products"] == "needs product_id"
    counts_only = build_features(put(LOG.drop_columns("amount")), 40)
    assert counts_only.attrs["left_out"]["revenue"] == "needs amount"
    assert {"recency_days", "orders", "gap_mean", "frequency"} <= set(counts_only)


def test_an_unknown_feature_is_refused_with_the_nearest_name(put):
    with pytest.raises(InputError, match="did you mean 'recency_days'"):
        build_features(put(LOG), 40, features=["recency_day"])


@pytest.mark.parametrize("cutoff", [10, 5])
def test_a_cutoff_that_nothing_precedes_is_refused(put, cutoff):
    with pytest.raises(WindowError, match="nothing precedes"):
        build_features(put(LOG), cutoff)


def test_dates_may_be_written_in_every_usual_way(put):
    tx = put(LOG)
    for cutoff in ("1970-02-10", dt.date(1970, 2, 10), pd.Timestamp("1970-02-10"), 40):
        assert build_features(tx, cutoff).equals(build_features(tx, 40))


def test_a_panel_has_customer_and_date_of_the_cutoff_as_index(put):
    panel = build_feature_panel(put(LOG), [40, "1970-01-26", 25])
    assert list(panel.index) == [
        ("a", dt.date(1970, 1, 26)), ("a", dt.date(1970, 2, 10)),
        ("b", dt.date(1970, 1, 26)), ("b", dt.date(1970, 2, 10)),
    ]  # fmt: skip


def test_a_panel_in_arrow_and_native_holds_the_same(put):
    tx = put(LOG)
    expected = build_feature_panel(tx, [25, 40]).reset_index()
    arrow = build_feature_panel(tx, [25, 40], output="arrow").to_pandas()
    native = pa.table(build_feature_panel(tx, [25, 40], output="native").to_arrow_table()).to_pandas()
    pd.testing.assert_frame_equal(arrow, expected, check_dtype=False)
    ordered = native.sort_values(["customer_id", "cutoff"], ignore_index=True)
    pd.testing.assert_frame_equal(ordered, expected, check_dtype=False)


def test_a_panel_without_cutoffs_is_refused(put):
    with pytest.raises(InputError, match="no cutoffs"):
        build_feature_panel(put(LOG), [])


def test_returns_are_money_of_their_own_day_and_never_a_purchase(put):
    log = canonical_table({"customer_id": ["a"] * 3, "day": [10, 20, 95], "amount": [50.0, 30.0, -20.0]})
    X = build_features(put(log), 100)
    row = X.loc["a"]
    assert (row["purchase_days"], row["recency_days"], row["t_x"]) == (2, 80, 10)
    assert (row["revenue"], row["revenue_30d"], row["spend_max"]) == (60.0, -20.0, 50.0)
    assert (row["order_value_mean"], row["days_since_return"]) == (40.0, 5)


def test_an_order_counts_once_on_its_first_day(put):
    columns = {
        "customer_id": ["a"] * 3,
        "day": [10, 10, 95],
        "amount": [5.0, 5.0, 5.0],
        "order_id": ["x"] * 3,
    }
    row = build_features(put(canonical_table(columns)), 100).loc["a"]
    assert (row["orders"], row["orders_30d"], row["revenue_30d"]) == (1, 0, 5.0)


def test_equal_order_ids_of_two_customers_are_two_orders(put):
    columns = {"customer_id": ["a", "b"], "day": [10, 40], "amount": [5.0, 5.0], "order_id": ["x", "x"]}
    X = build_features(put(canonical_table(columns)), 100)
    assert X["orders"].tolist() == [1, 1]
    assert X["orders_90d"].tolist() == [1, 1]


def test_threads_that_share_a_log_wait_for_each_other(messy, put):
    """A connection of DuckDB refuses a second thread."""
    tx = put(messy)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda cutoff: build_features(tx, cutoff), [700, 1000] * 6))
    for cutoff, X in zip([700, 1000] * 6, found, strict=True):
        pd.testing.assert_frame_equal(X, build_features(put(messy), cutoff), check_exact=True)


def test_an_error_in_a_feature_comes_out_as_it_is(messy, put, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("in a block of customers")

    monkeypatch.setattr(snapshot, "finished", broken)
    tx = put(messy)
    with pytest.raises(ZeroDivisionError, match="in a block of customers"):
        build_features(tx, 1000)
    monkeypatch.undo()
    assert len(build_features(tx, 1000)) > 0
