"""Rules, suggestions, head-room, breadth, forecast."""

import numpy as np
import pandas as pd
import pytest

from crm_ml.analysis.cross_selling.breadth import product_breadth
from crm_ml.analysis.cross_selling.forecast import sales_forecast
from crm_ml.analysis.cross_selling.headroom import deep_selling, up_selling
from crm_ml.analysis.cross_selling.rules import also_bought, association_rules
from crm_ml.analysis.cross_selling.season import seasonal_factors
from crm_ml.data.reading import read_transactions
from crm_ml.data.windows import as_day


def log(rows, **roles):
    table = pd.DataFrame(rows, columns=["customer", "day", "amount", *roles])
    return read_transactions(
        table, customer_id="customer", timestamp="day", amount="amount", **{name: name for name in roles}
    )


@pytest.fixture
def tea():
    rows = []
    for one in range(40):
        rows += [
            (f"c{one}", "2020-01-01", 2.0, f"o{one}", "tea"),
            (f"c{one}", "2020-01-01", 1.0, f"o{one}", "milk"),
        ]
    rows += [(f"d{one}", "2020-01-02", 2.0, f"p{one}", "tea") for one in range(10)]
    rows += [(f"e{one}", "2020-01-03", 2.0, f"q{one}", "jam") for one in range(50)]
    return log(rows, order_id=1, product_id=1)


def test_rules_by_hand(tea):
    table = association_rules(tea).table.set_index("if_bought")
    milk = table.loc["milk"]
    assert (milk["then"], milk["orders"], milk["support"], milk["confidence"], milk["lift"]) == (
        "tea",
        40,
        0.4,
        1.0,
        2.0,
    )
    assert table.loc["tea", "confidence"] == 0.8
    assert table.loc["tea", "confidence_low"] < 0.8 < table.loc["tea", "confidence_high"]


def test_nobody_is_suggested_what_it_owns(tea):
    table = also_bought(tea).table
    assert set(table["item"]) == {"milk"}
    assert set(table["customer_id"]) == {f"d{one}" for one in range(10)}
    assert table["because"].unique().tolist() == ["tea"]


def test_the_floor_of_orders_counts_when_it_is_stricter(tea):
    assert association_rules(tea, min_orders=41).warnings == ("no combination reaches the limits",)
    assert association_rules(tea, min_orders=500).table.empty


def test_headroom_is_the_distance_to_the_better_peers():
    rows = [(f"c{one:02d}", "2020-01-01", 10.0 * (one + 1), one + 1, "tea") for one in range(11)]
    result = deep_selling(log(rows, quantity=1, category=1))
    assert result.table.iloc[0][["customers", "yardstick"]].tolist() == [11, 9.0]
    first = result.tables["customers"].iloc[0]
    assert (first["customer_id"], first["headroom"], first["revenue_headroom"]) == ("c00", 8.0, 80.0)
    assert deep_selling(log(rows, quantity=1, category=1), min_peers=12).table.empty


def test_up_selling_follows_the_tiers():
    rows = [
        ("a", "2020-01-01", 5.0, 1, "plain"),
        ("b", "2020-01-01", 5.0, 1, "plain"),
        ("b", "2020-01-02", 9.0, 1, "fine"),
    ]
    products = pd.DataFrame({"product_id": ["plain", "fine"], "category": "tea", "tier": [1, 2]})
    result = up_selling(log(rows, quantity=1, product_id=1), products)
    assert result.table.set_index("tier")["probability_up"].to_dict() == {1.0: 0.5, 2.0: 0.0}
    assert result.tables["customers"][["customer_id", "expected_gain"]].to_numpy().tolist() == [["a", 2.0]]


def test_breadth_separates_products_from_orders(shop):
    result = product_breadth(shop)
    assert result.table["customers"].sum() == result.n
    # In the shop products are drawn at random: breadth follows from the number of orders alone.
    assert result.figures["rank_correlation"] > 0.5
    assert abs(result.figures["partial_correlation"]) < result.figures["rank_correlation"]


def test_forecast_adds_up_and_is_checked_on_the_last_period(shop):
    result = sales_forecast(shop, periods=3, period_days=60)
    table = result.table
    assert np.allclose(table["existing_customers"] + table["new_customers"], table["total"])
    assert (table["low"] <= table["total"]).all()
    assert np.isfinite(result.figures["last_error"])
    more = sales_forecast(shop, periods=3, period_days=60, new_customers=100)
    assert (more.table["total"] > table["total"]).all()


def test_a_base_that_no_model_fits_is_said(two_years):
    result = sales_forecast(two_years)
    assert len(result.table) or result.warnings[0].startswith("the purchase model cannot be fitted")


def test_december_is_forecast_higher_when_three_decembers_were_busy():
    """The ratio to the moving year: four times as busy, drawn to 1 as if a fourth year had shown nothing."""
    days = pd.date_range("2016-01-01", "2019-12-31", freq="D")
    rows = [("a", day, 4.0 if day.month == 12 else 1.0) for day in days]
    tx = log(rows)
    december, january = as_day("2019-12-01"), as_day("2020-01-01")
    ordinary = seasonal_factors(tx, january, periods=1, period_days=31)[0]
    busy = seasonal_factors(tx, december, periods=1, period_days=31)[0]
    ratio = 4 * 365 / (334 + 4 * 31)
    assert busy == pytest.approx(ratio ** (2 / 3), rel=0.02)  # 2017 and 2018 have a full year around them
    assert ordinary < 1
    assert seasonal_factors(tx, as_day("2017-01-01"), periods=2, period_days=31).tolist() == [1.0, 1.0]


def test_a_forecast_that_was_low_says_so():
    """A base whose customers suddenly buy twice as often: the miss stands beside the forecast."""
    rows = [
        (f"c{one:03d}", pd.Timestamp("2020-01-01") + pd.Timedelta(days=int(day)), 10.0)
        for one in range(120)
        for day in [*range(one % 30, 360, 30), *range(270 + one % 10, 360, 10)]
    ]
    result = sales_forecast(log(rows), periods=2, period_days=60)
    assert result.figures["last_error"] > 0.3
    assert "too little on average" in result.warnings[0]
    assert "te weinig" in result.warnings[0].said("nl")
    backtest = result.tables["backtest"]
    assert np.allclose(backtest["error"], backtest["actual"] / backtest["forecast"] - 1)
    assert (result.table["high"] - result.table["total"] >= 0.3 * result.table["total"]).all()
