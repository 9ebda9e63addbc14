"""What must hold for any customer base: bridges close, allocations add up, classes cover everybody."""

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from crm_ml.analysis.abc import abc
from crm_ml.analysis.profitability.costing import allocate_pools
from crm_ml.analysis.profitability.whale import whale_curve
from crm_ml.analysis.pyramid import pyramid, pyramid_migration
from crm_ml.analysis.retention.bridge import customer_changes, revenue_bridge
from crm_ml.analysis.retention.equity_bridge import equity_bridge
from crm_ml.analysis.totals import window_pair
from crm_ml.models.affinity import association_rules

from .conftest import read

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
fewer = settings(few, max_examples=8)  # each example reads a log
cents = st.integers(-50_000, 100_000).filter(bool)
purchases = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 729), cents), min_size=1, max_size=40
).filter(lambda rows: any(cent > 0 and day >= 365 for _, day, cent in rows))


def log(rows):
    """A log over two years that always begins on its first day and ends on its last."""
    start = pd.Timestamp("2020-01-01")
    table = [(f"c{who}", start + pd.Timedelta(days=day), cent / 100) for who, day, cent in rows]
    return read([("c0", start, 0.01), *table, ("c0", start + pd.Timedelta(days=730), 0.01)])


@fewer
@given(purchases)
def test_a_bridge_closes_to_the_cent_and_its_groups_add_up(rows):
    tx = log(rows)
    groups = pd.DataFrame({"customer_id": [f"c{one}" for one in range(0, 10, 2)], "segment": list("xyxyx")})
    result = revenue_bridge(tx, groups)
    lines = result.table.set_index("line")["amount"]
    assert round(lines.drop("end").sum() * 100) == round(lines["end"] * 100)
    changes = customer_changes(tx, *window_pair(tx), "revenue")
    assert int(changes["before"].sum() + changes["change"].sum()) == int(changes["after"].sum())
    by_group = result.tables["groups"]
    for line in ("start", "end", "new", "stopped", "shrunk", "grown", "reactivated", "corrections"):
        assert by_group[line].sum() == pytest.approx(lines[line], abs=1e-6)


@fewer
@given(purchases)
def test_the_same_tables_whether_grains_are_shared_or_not(rows):
    tx = log(rows)
    alone = [pyramid(tx), pyramid_migration(tx), revenue_bridge(tx), abc(tx)]
    shared = [pyramid(tx), pyramid_migration(tx), revenue_bridge(tx), abc(tx)]
    for one, other in zip(alone, shared, strict=True):
        pd.testing.assert_frame_equal(one.table, other.table)


@fewer
@given(purchases)
def test_pyramid_and_migration_count_every_customer_once(rows):
    tx = log(rows)
    result, moves = pyramid(tx), pyramid_migration(tx)
    assert result.table["customers"].sum() == result.n == moves.table["customers"].sum()
    assert sum(moves.figures[name] for name in ("risen", "fallen", "same", "new", "lost", "reactivated")) == (
        moves.n
    )


pools = st.lists(
    st.tuples(
        st.sampled_from(["visits", "orders", "returns"]), st.integers(0, 6), st.floats(0, 1e6, width=32)
    ),
    min_size=1,
    max_size=30,
)


@few
@given(pools, st.integers(0, 10**9))
def test_allocated_costs_add_up_to_the_pool(rows, cents):
    table = pd.DataFrame(rows, columns=["activity", "customer", "driver_quantity"])
    table["customer_id"] = [f"c{one}" for one in table.pop("customer")]
    table["pool_cost"] = cents / 100
    lines, pools = allocate_pools(table)
    allocated = lines.groupby("activity")["units"].sum()
    for activity, pool in pools.iterrows():
        expected = int(pool["units"]) if pool["driver_quantity"] > 0 else 0
        assert int(allocated.get(activity, 0)) == expected
    assert (lines["units"] >= 0).all()


values = st.dictionaries(st.sampled_from("abcdefghij"), st.floats(-1e6, 1e6), min_size=1)


@few
@given(values, values, values)
def test_an_equity_bridge_closes(before, after, same_model):
    tables = [
        pd.DataFrame({"customer_id": list(one), "clv": list(one.values())})
        for one in (before, after, same_model)
    ]
    lines = equity_bridge(*tables).table.set_index("line")["amount"]
    assert round(lines.drop("end").sum() * 1e4) == round(lines["end"] * 1e4)


@few
@given(values)
def test_a_profit_curve_ends_at_the_total_whatever_the_sign(profits):
    table = pd.DataFrame({"customer_id": list(profits), "profit": list(profits.values())})
    result = whale_curve(table)
    assert result.table["cumulative_profit"].iloc[-1] == pytest.approx(sum(profits.values()), abs=1e-3)
    assert result.figures["erosion"] >= -1e-3
    if result.figures["total_profit"] <= 0:
        assert result.table["cumulative_share"].isna().all()


@few
@given(st.lists(st.tuples(st.integers(0, 15), st.sampled_from("abcdef")), min_size=1, max_size=80))
def test_rules_count_what_a_loop_counts(rows):
    lines = pd.DataFrame(rows, columns=["basket", "item"])
    found = association_rules(lines, min_support=0.1, min_confidence=0.3, max_items=3).table
    baskets = [frozenset(group) for _, group in lines.groupby("basket")["item"]]
    for row in found.itertuples():
        both = sum({*row.antecedent, row.consequent} <= basket for basket in baskets)
        before = sum(set(row.antecedent) <= basket for basket in baskets)
        assert (row.count, row.confidence) == (both, pytest.approx(both / before))
        assert both * 10 >= len(baskets)
    assert np.isfinite(found["lift"]).all()
