"""How a log is divided, stored or limited never shows in its features."""

from __future__ import annotations

import dataclasses

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from crm_ml.data.engines.make import make_engine
from crm_ml.data.reading import read_transactions
from crm_ml.features.build import build_feature_panel, build_features
from crm_ml.features.catalogue import catalogue
from crm_ml.features.example import canonical_table
from crm_ml.features.in_memory import tables
from crm_ml.features.in_memory.parts import fits_in_memory


@pytest.mark.parametrize("lines", [1, 7, 100])
def test_blocks_of_customers_do_not_show(messy, cutoff, put, monkeypatch, lines):
    whole = build_feature_panel(put(messy), [cutoff - 300, cutoff])
    monkeypatch.setattr(tables, "_BLOCK_LINES", lines)
    pd.testing.assert_frame_equal(
        build_feature_panel(put(messy), [cutoff - 300, cutoff]), whole, check_exact=True
    )


def test_a_kept_log_gives_the_same(messy, cutoff, put):
    expected = build_features(put(messy), cutoff)
    kept = put(messy).kept()
    pd.testing.assert_frame_equal(build_features(kept, cutoff), expected, check_exact=True)
    assert kept.log.collect_schema().names() == put(messy).log.collect_schema().names()


@pytest.mark.parametrize(
    "without", [["order_id"], ["amount", "cost"], ["quantity", "discount", "product_id"]]
)
def test_columns_that_are_missing_are_missing_both_ways(messy, cutoff, put, on_engine_only, without):
    tx = put(messy.drop_columns(without))
    features = build_features(tx, cutoff)
    with on_engine_only():
        pd.testing.assert_frame_equal(build_features(tx, cutoff), features, check_exact=True)


def test_days_before_1970(put, on_engine_only):
    days = {"customer_id": ["a"] * 3 + ["b"], "day": [-900, -870, -5, -5], "amount": [5.0, 0.0, 2.5, 1.0]}
    tx = put(canonical_table(days))
    features = build_features(tx, 0)
    assert features.loc["a", ["purchase_days", "revenue", "gap_max"]].tolist() == [3, 7.5, 865]
    with on_engine_only():
        pd.testing.assert_frame_equal(build_features(tx, 0), features, check_exact=True)


def test_a_log_of_nothing_but_returns_has_no_customers(put, on_engine_only):
    tx = put(canonical_table({"customer_id": ["a", "b"], "day": [1, 2], "amount": [-5.0, -1.0]}))
    assert build_features(tx, 10).shape[0] == 0
    with on_engine_only():
        pd.testing.assert_frame_equal(build_features(tx, 10), build_features(tx, 10))


@pytest.mark.parametrize(
    ("limit", "lines", "fits"),
    [
        (None, 10**7, True),
        (None, 10**10, False),
        ("64MB", 10**5, True),
        ("64MB", 10**6, True),
        ("64MB", 10**8, False),
        ("none", 10**7, True),
    ],
)
def test_memory_decides_who_computes(messy, put, limit, lines, fits):
    tx = put(messy, make_engine("duckdb", memory_limit=limit))
    tx = dataclasses.replace(tx, counts={"accepted": lines, "customers": lines // 10})
    assert fits_in_memory(tx, catalogue()) == fits


@pytest.fixture
def shop(tmp_path):
    """A database file of somebody else."""
    path = str(tmp_path / "shop.duckdb")
    with duckdb.connect(path) as owner:
        days = ["01-02-1970", "02-02-1970", "28-02-1970"]
        owner.register("lines", pa.table({"client": ["b", "a", "b"], "day": days, "net": [1.0, 2.0, 3.0]}))
        owner.execute("CREATE TABLE sales AS SELECT *, strptime(day, '%d-%m-%Y')::DATE AS date FROM lines")
    return path


@pytest.mark.parametrize("timestamp", ["date", "day"], ids=["dates", "dates in text"])
def test_nothing_is_written_to_a_database_of_somebody_else(shop, timestamp):
    with duckdb.connect(shop, read_only=True) as reader:
        tx = read_transactions(
            reader.table("sales"), customer_id="client", timestamp=timestamp, amount="net", id_map={"x": "y"}
        )
        for log in (tx, tx.kept()):
            assert build_features(log, 100)["purchase_days"].tolist() == [1, 2]
            assert build_feature_panel(log, [32, 100])["purchase_days"].tolist() == [1, 1, 2]


def test_a_connection_of_somebody_else_serves_one_log_after_the_other(shop):
    """Names of tables came round again with the addresses of engines that were gone."""
    with duckdb.connect(shop) as owner:
        for _ in range(20):
            tx = read_transactions(owner.table("sales"), customer_id="client", timestamp="day", amount="net")
            assert build_features(tx, 100)["purchase_days"].tolist() == [1, 2]
        kept = owner.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()
        assert kept == [("sales",)]


def test_a_part_of_the_customers_who_all_come_later_is_empty(messy, cutoff, put):
    lines = messy.filter(pc.greater_equal(messy["day"], cutoff))
    tx = dataclasses.replace(put(lines), first_day=put(messy).first_day)
    assert build_features(tx, cutoff).shape[0] == 0


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_log_without_a_row_has_no_customers(messy, cutoff, put, on_engine_only, engine):
    tx = put(messy, make_engine(engine))
    tx = dataclasses.replace(tx, log=tx.log.filter(nw.col("customer_id") == "nobody"))
    features = build_features(tx, cutoff)
    assert features.shape[0] == 0
    with on_engine_only():
        pd.testing.assert_frame_equal(build_features(tx, cutoff), features)


def test_money_too_large_for_64_bits_is_not_a_wrong_number(put, on_engine_only):
    """In a currency of small units, times of thousands of days, that no integer of 64 bits holds."""
    rich = {"customer_id": ["a"] * 3, "day": [0, 5000, 9000], "amount": [9e11, 8e11, 9e11]}
    features = build_features(put(canonical_table(rich)), 10_000)
    days, money = np.array(rich["day"]), np.array(rich["amount"])
    assert features.loc["a", "revenue"] == money.sum()
    assert features.loc["a", "spend_slope"] == pytest.approx(365 * np.polyfit(days, money, 1)[0], rel=1e-6)
    with on_engine_only():
        pd.testing.assert_frame_equal(
            build_features(put(canonical_table(rich)), 10_000), features, check_exact=True
        )


def test_a_sum_beyond_64_bits_is_exact_both_ways(put, on_engine_only):
    """Of a day too: what an engine refuses there is not computed wrongly here."""
    lines = 2_500
    rich = {"customer_id": ["a"] * lines, "day": list(range(lines)), "amount": [9e11] * lines}
    rich["category"] = ["k"] * lines
    chosen = {"features": ["revenue", "monetary_value", "favourite_category_share", "revenue_12m"]}
    features = build_features(put(canonical_table(rich)), lines, **chosen)
    assert features.loc["a", ["revenue", "favourite_category_share"]].tolist() == [9e11 * lines, 1.0]
    with on_engine_only():
        pd.testing.assert_frame_equal(
            build_features(put(canonical_table(rich)), lines, **chosen), features, check_exact=True
        )
    one_day = put(canonical_table(rich | {"day": [0] * lines}))
    assert build_features(one_day, 1)["spend_median"].tolist() == [9e11 * lines]
