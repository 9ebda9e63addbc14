"""What must never matter, and what must matter exactly: for every feature, by discovery.

A new feature is under these tests by being in the catalogue.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from crm_ml.features.build import build_feature_panel, build_features
from crm_ml.features.catalogue import catalogue, choose
from crm_ml.features.example import canonical_table

CALENDAR = {"weekend_share"}
DAYS = ("day", "promised_day", "delivered_day")


@pytest.fixture(scope="module", params=["in memory", "on engine"], autouse=True)
def way(request, on_engine_only):
    """Both ways that a feature is computed."""
    with on_engine_only(request.param == "on engine"):
        yield


@pytest.fixture(scope="module")
def expected(way, messy, cutoff, put):
    return build_features(put(messy), cutoff)


def test_every_feature_is_under_test(messy, expected):
    assert len(catalogue()) >= 45
    assert [spec.name for spec in catalogue()] == list(expected.columns)
    assert len(choose(None, messy.column_names)) == len(catalogue())


def test_the_messy_log_gives_every_feature_something_to_say(expected):
    # Otherwise the tests below would compare nothing with nothing.
    for name in expected:
        assert expected[name].notna().sum() >= 5, name
        assert expected[name].nunique() >= 3, name


def test_rows_on_or_after_the_cutoff_never_matter(messy, cutoff, expected, put):
    known = messy.filter(pc.less(messy["day"], cutoff))
    pd.testing.assert_frame_equal(build_features(put(known), cutoff), expected, check_exact=True)


def test_rows_added_after_the_cutoff_never_matter(messy, cutoff, expected, put):
    # Returns, and late lines of orders that began before the cutoff, on and after the day of the cutoff.
    known = messy.filter(pc.less(messy["day"], cutoff)).to_pandas()
    late = pd.concat([known.assign(day=cutoff), known.assign(day=cutoff + 30, is_purchase=False)])
    both = pa.Table.from_pandas(pd.concat([known, late]), schema=messy.schema, preserve_index=False)
    pd.testing.assert_frame_equal(build_features(put(both), cutoff), expected, check_exact=True)


def test_deliveries_after_the_cutoff_are_not_known_before_it(messy, cutoff, expected, put):
    table = messy.to_pandas()
    for column in ("promised_day", "delivered_day"):
        table.loc[table[column] >= cutoff, column] += 500
    moved = pa.Table.from_pandas(table, schema=messy.schema, preserve_index=False)
    pd.testing.assert_frame_equal(build_features(put(moved), cutoff), expected, check_exact=True)


def test_the_day_before_the_cutoff_does_matter(messy, cutoff, put):
    bought = canonical_table({"customer_id": ["new"], "day": [cutoff - 1], "amount": [5.0]})
    X = build_features(
        put(bought.append_column("order_id", pa.array(["x"]))), cutoff, features=["recency_days"]
    )
    assert X.loc["new", "recency_days"] == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_never_matters(messy, cutoff, expected, put, seed):
    order = np.random.default_rng(seed).permutation(len(messy))
    pd.testing.assert_frame_equal(build_features(put(messy.take(order)), cutoff), expected, check_exact=True)


def test_the_partitioning_never_matters(messy, cutoff, expected, put):
    parts = pa.concat_tables([messy.slice(start, 37) for start in range(0, len(messy), 37)][::-1])
    pd.testing.assert_frame_equal(build_features(put(parts), cutoff), expected, check_exact=True)


def test_splitting_the_base_by_customer_gives_the_same(messy, cutoff, expected, put):
    half = pc.less(messy["customer_id"], "c030")
    parts = [build_features(put(messy.filter(one)), cutoff) for one in (half, pc.invert(half))]
    pd.testing.assert_frame_equal(pd.concat(parts), expected, check_exact=True)


def test_scaling_money_scales_exactly_the_money_features(messy, cutoff, expected, put):
    scaled = messy
    for column in ("amount", "cost"):
        place = scaled.schema.get_field_index(column)
        scaled = scaled.set_column(place, column, pc.multiply(scaled[column], 4))
    X = build_features(put(scaled), cutoff)
    for spec in catalogue():
        factor = 4 if spec.money else 1  # a power of two: exact in binary
        pd.testing.assert_series_equal(X[spec.name], expected[spec.name] * factor, check_exact=True)


@pytest.mark.parametrize("shift", [1, 7, 365])
def test_shifting_all_days_changes_only_features_of_the_calendar(messy, cutoff, expected, put, shift):
    moved = messy
    for column in DAYS:
        place = moved.schema.get_field_index(column)
        moved = moved.set_column(place, column, pc.add(moved[column], shift))
    X = build_features(put(moved), cutoff + shift)
    same = [name for name in expected if shift % 7 == 0 or name not in CALENDAR]
    pd.testing.assert_frame_equal(X[same], expected[same], check_exact=True)


def test_a_customer_with_one_purchase_is_defined(put):
    # Every null must be one that the catalogue announces, nothing infinite, counts never null.
    line = {"customer_id": ["one"], "day": [100], "amount": [12.0], "order_id": ["a"], "quantity": [1.0],
            "product_id": ["p"], "category": ["k"], "cost": [5.0], "discount": [0.1], "promised_day": [103],
            "delivered_day": [104]}  # fmt: skip
    X = build_features(put(canonical_table(line)), 130)
    for spec in catalogue():
        value = X.loc["one", spec.name]
        assert not np.isinf(value), spec.name
        assert not (np.isnan(value) and spec.null == "never"), spec.name


def test_nothing_is_infinite_and_nulls_are_announced(expected):
    for spec in catalogue():
        values = expected[spec.name]
        assert not np.isinf(values.astype(float)).any(), spec.name
        assert spec.null != "never" or values.notna().all(), spec.name


def test_declared_types_hold(expected):
    for spec in catalogue():
        assert expected[spec.name].dtype == {"int": "int64", "float": "float64"}[spec.dtype], spec.name


def test_a_panel_equals_its_snapshots(messy, cutoff, put):
    # The panel cuts tables that saw the later rows: they must not show.
    tx = put(messy)
    days = [cutoff - 400, cutoff - 91, cutoff]
    panel = build_feature_panel(tx, days)
    assert panel.index.names == ["customer_id", "cutoff"]
    assert panel.index.is_monotonic_increasing
    for day in days:
        snapshot = build_features(put(messy), day)
        at_day = panel.xs(pd.Timestamp(day, unit="D").date(), level="cutoff")
        pd.testing.assert_frame_equal(at_day, snapshot, check_exact=True)


def test_who_only_returned_or_came_later_is_not_known(expected):
    assert "only_returns" not in expected.index
    assert "only_later" not in expected.index
    assert "c000" in expected.index
