"""Whatever the input: bridges close, allocated costs add to the pool, parts add to the total."""

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_ml.analysis.apportion import apportion
from crm_ml.analysis.growth.account_targets import account_variance, mix_variance
from crm_ml.analysis.profitability.costing import allocate_pools, customer_profit
from crm_ml.analysis.profitability.whale import whale_curve
from crm_ml.analysis.retention.bridge import revenue_bridge
from crm_ml.analysis.retention.equity_bridge import equity_bridge
from crm_ml.data.reading import read_transactions

CENTS = st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)
FEW = settings(max_examples=15, deadline=None)
MANY = settings(max_examples=60, deadline=None)


@st.composite
def histories(draw):
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 6), st.integers(0, 729), st.integers(-50_000, 500_000)),
            min_size=2,
            max_size=40,
        )
    )
    start = dt.date(2020, 1, 1)
    table = pd.DataFrame(rows, columns=["customer", "day", "cents"])
    # One purchase in each year keeps both periods inside the data.
    table.loc[len(table)] = [0, 0, 100]
    table.loc[len(table)] = [0, 729, 100]
    table["customer"] = [f"c{one}" for one in table["customer"]]  # an id of 0 would be set apart as unknown
    table["day"] = [start + dt.timedelta(days=int(day)) for day in table["day"]]
    table["amount"] = table["cents"] / 100
    table["segment"] = [f"s{int(one[1:]) % 3}" for one in table["customer"]]
    return table


@FEW
@given(histories())
def test_a_revenue_bridge_closes_exactly_in_total_and_per_group(table):
    tx = read_transactions(table, customer_id="customer", timestamp="day", amount="amount")
    groups = table[["customer", "segment"]].drop_duplicates().rename(columns={"customer": "customer_id"})
    result = revenue_bridge(tx, groups)
    whole = (result.table["amount"] * 10_000).round().astype("int64").to_numpy()
    assert whole[:-1].sum() == whole[-1]
    lines = ["start", "new", "reactivated", "grown", "shrunk", "stopped", "corrections"]
    by_group = (result.tables["groups"][[*lines, "end"]] * 10_000).round().astype("int64")
    assert (by_group[lines].sum(axis=1) == by_group["end"]).all()
    assert (by_group.sum().to_numpy() == whole).all()
    assert round(result.tables["customers"]["change"].sum() * 10_000) == whole[-1] - whole[0]


@MANY
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 10**6)), min_size=1, max_size=60),
    st.lists(st.integers(0, 10**8), min_size=4, max_size=4),
)
def test_allocated_costs_add_up_to_the_pool(rows, pools):
    costs = pd.DataFrame(rows, columns=["activity", "customer_id", "driver_quantity"])
    costs["pool_cost"] = [pools[one] / 100 for one in costs["activity"]]
    lines, found = allocate_pools(costs)
    for activity, pool in found["units"].items():
        part = lines[lines["activity"] == activity]["units"]
        assert part.sum() == (pool if len(part) else 0)
        assert (part >= 0).all()
    customers = pd.DataFrame({"customer_id": range(5), "revenue": 1.0, "margin": 1.0})
    table = customer_profit(customers, costs).table
    parts = table[["allocated", "unknown_customers", "unallocated"]].sum(axis=1)
    assert np.allclose(parts, table["pool"], rtol=0, atol=1e-6)


@MANY
@given(
    st.integers(0, 10**12),
    st.lists(st.floats(0, 1e9, allow_nan=False), min_size=1, max_size=30),
    st.data(),
)
def test_parts_between_floors_and_caps_add_up_to_the_total(total, weights, data):
    n = len(weights)
    floors = data.draw(st.lists(st.integers(0, total // n), min_size=n, max_size=n))
    room = -(-total // n)
    caps = data.draw(st.lists(st.integers(room, max(room, 2 * total)), min_size=n, max_size=n))
    parts = apportion(total, weights, floors=floors, caps=caps)
    assert parts.sum() == total
    assert (parts >= floors).all()
    assert (parts <= caps).all()


@MANY
@given(
    st.dictionaries(st.integers(0, 20), CENTS, max_size=12),
    st.dictionaries(st.integers(0, 20), CENTS, max_size=12),
)
def test_an_equity_bridge_closes_exactly(before, after):
    tables = [
        pd.DataFrame({"customer_id": list(one), "clv": list(one.values())}, dtype=object)
        for one in (before, after)
    ]
    whole = (equity_bridge(*tables).table["amount"] * 10_000).round().astype("int64").to_numpy()
    assert whole[:-1].sum() == whole[-1]


@MANY
@given(st.lists(CENTS, min_size=1, max_size=50))
def test_the_whale_curve_ends_at_the_total_and_peaks_at_the_profits_above_zero(profits):
    table = pd.DataFrame({"customer_id": range(len(profits)), "profit": profits})
    result = whale_curve(table)
    curve = result.table["cumulative_profit"]
    assert np.isclose(curve.iloc[-1], sum(profits), atol=1e-3)
    assert np.isclose(curve.max(), sum(max(0.0, one) for one in profits), atol=1e-3)
    assert (result.figures["peak"] >= 1 - 1e-9) or not sum(profits) > 1e-3


@MANY
@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 1000), st.integers(0, 10**6), st.integers(0, 1000)),
        min_size=1,
        max_size=10,
    )
)
def test_variance_parts_add_up_to_the_variance(rows):
    table = pd.DataFrame(
        rows, columns=["target_revenue", "target_quantity", "revenue", "quantity"], dtype="float64"
    )
    table["customer_id"] = table["category"] = [f"x{one}" for one in range(len(table))]
    by_account = account_variance(table, table).table
    assert np.allclose(by_account[["lost", "volume", "price"]].sum(axis=1), by_account["variance"], atol=1e-4)
    plan = table[["category", "target_revenue", "target_quantity"]].set_axis(
        ["category", "revenue", "quantity"], axis=1
    )
    by_group = mix_variance(plan, table).table
    assert np.allclose(by_group[["volume", "mix", "price"]].sum(axis=1), by_group["variance"], atol=1e-4)
