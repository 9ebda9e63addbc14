"""Grain tables never look forward: cut at a cutoff they equal the table of the rows before it."""

from __future__ import annotations

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from crm_ml.features.catalogue import choose
from crm_ml.features.example import canonical_table
from crm_ml.features.grains import GRAINS, needs, reads, seen_from
from crm_ml.features.on_engine import columns_read, grain_tables


def rows_of(tx, table):
    found = tx.engine.to_arrow(table)
    return found.sort_by([(name, "ascending") for name in sorted(found.column_names)])


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("day", [400, 731, 1000])
def test_a_table_cut_at_a_cutoff_equals_the_table_of_the_rows_before_it(messy, put, grain, day):
    specs = [spec for spec in choose(None, messy.column_names) if spec.grain == grain]
    tables = []
    for log in (messy, messy.filter(pc.less(messy["day"], day))):
        tx = put(log)
        table = grain_tables(tx.log, tx.columns, specs)[grain]
        tables.append(rows_of(tx, seen_from(grain, table, day)))
    assert tables[0].equals(tables[1])
    assert len(tables[0]) > 20


def test_a_return_day_does_not_break_the_gap_between_purchases(put):
    log = canonical_table({"customer_id": ["a"] * 3, "day": [0, 5, 30], "amount": [9.0, -9.0, 9.0]})
    specs = choose(["gap_max", "regularity"], log.column_names)
    tx = put(log)
    days = rows_of(tx, grain_tables(tx.log, tx.columns, specs)["day"])
    assert dict(zip(days["day"].to_pylist(), days["gap"].to_pylist(), strict=True)) == {
        0: None,
        5: None,
        30: 30,
    }


def test_money_of_ten_thousand_lines_is_exact(put):
    # 0.1 has no exact double: float sums of it drift, integers of 1/10 000 do not.
    log = canonical_table({"customer_id": ["a"] * 10_000, "day": [1] * 10_000, "amount": [0.1] * 10_000})
    tx = put(log)
    days = grain_tables(tx.log, tx.columns, choose(["revenue"], log.column_names))["day"]
    assert tx.engine.to_arrow(days)["revenue"].to_pylist() == [10_000_000]


def test_every_column_that_a_feature_uses_has_a_way_to_be_made(messy):
    for spec in choose(None, messy.column_names):
        for column in spec.columns:
            assert needs(spec.grain, column)


def test_only_the_columns_that_features_need_are_read(messy):
    present = messy.column_names
    assert columns_read(present, choose(["recency_days"], present)) == ["customer_id", "day", "is_purchase"]
    assert "order_id" in columns_read(present, choose(["orders"], present))
    assert set(columns_read(present, choose(None, present))) == set(present)
    assert reads("category", ["worth"], ["category"]) == {"category"}


def test_units_are_exact_and_rounded_the_same_everywhere(put):
    quantity = pa.array([0.1] * 30 + [2.0])
    log = canonical_table({"customer_id": ["a"] * 31, "day": [1] * 31}).append_column("quantity", quantity)
    tx = put(log)
    days = grain_tables(tx.log, tx.columns, choose(["units_per_order"], log.column_names))["day"]
    assert tx.engine.to_arrow(days.select(nw.col("units")))["units"].to_pylist() == [50_000]
