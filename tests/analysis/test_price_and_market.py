"""The price table and the market ratios: the numbers of the sources, and their identities."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_ml.analysis.market.groups import own_sales
from crm_ml.analysis.market.penetration import market_penetration
from crm_ml.analysis.market.shares import market_ratios
from crm_ml.analysis.price.insensitivity import break_even_volume, price_insensitivity
from crm_ml.analysis.price.price_rises import price_rises
from crm_ml.analysis.totals import last_window
from crm_ml.base.exceptions import InputError
from crm_ml.data.engines.make import make_engine
from crm_ml.data.reading import read_transactions

BOOTS = {
    "product_group": ["boots"],
    "group_revenue": [10.0],
    "own_revenue": [1.4],
    "outlets": [800],
    "own_outlets": [200],
    "own_outlets_revenue": [4.0],
}


def market(**more):
    return pd.DataFrame(BOOTS | more)


def test_the_price_table_prints_the_rows_of_the_source():
    table = price_insensitivity().table.set_index(["net_margin_percent", "rise_percent"])
    assert table.loc[(1, 1), "profit_rise_percent"] == 100
    assert table.loc[(1, 16), "profit_rise_percent"] == 1600
    assert table.loc[(16, 1), "profit_rise_percent"] == 6.25
    assert len(table) == 25


def test_the_break_even_volume_uses_the_contribution():
    table = price_insensitivity(margins=(0.05,), rises=(0.10,), contribution=0.40).table
    assert table["break_even_volume_percent"].tolist() == [20.0]
    assert "without fixed cost" in price_insensitivity().warnings[1]


@settings(deadline=None)
@given(st.floats(0.001, 1), st.floats(0.01, 0.99))
def test_at_the_break_even_volume_the_rise_has_brought_nothing(rise, contribution):
    left = 1 - break_even_volume(rise, contribution)
    assert left * (contribution + rise) == pytest.approx(contribution)


def test_a_loss_has_no_rise_of_profit_and_impossible_rises_are_refused():
    assert price_insensitivity(margins=(0.0, -0.1), rises=(0.05,)).table["profit_rise_percent"].isna().all()
    with pytest.raises(InputError, match="above 0"):
        price_insensitivity(rises=(0.0,))
    with pytest.raises(InputError):
        break_even_volume(0.1, -0.2)


def test_price_rises_of_own_items():
    prices = pd.DataFrame(
        {
            "item": ["b", "a", "free"],
            "price": [10, 10, 0],
            "unit_cost": [12, 6, 1],
            "fixed_cost": [None, 3, 0],
        }
    )
    result = price_rises(prices, rise=0.05)
    table = result.table.set_index("item")
    assert table.loc["a", "profit_rise_percent"] == pytest.approx(50)
    assert table.loc["a", "break_even_volume_percent"] == pytest.approx(100 * 0.05 / 0.45)
    assert table.loc["a", "break_even_elasticity"] == pytest.approx(1 / 0.45)
    assert pd.isna(table.loc["b", "break_even_volume_percent"])
    assert len(result.warnings) == 3
    assert price_rises(None).warnings[0].said("nl") == "niet berekend: prijzentabel ontbreekt"


def test_the_market_ratios_of_the_source():
    """Muddy boots: 14 %, 25 %, 40 %, 35 % and 1.6."""
    row = market_ratios(market()).table.iloc[0]
    assert row["market_share"] == pytest.approx(0.14)
    assert row["numeric_distribution"] == pytest.approx(0.25)
    assert row["weighted_distribution"] == pytest.approx(0.40)
    assert row["sales_share"] == pytest.approx(0.35)
    assert row["selection_indicator"] == pytest.approx(1.6)
    assert row["identity_gap"] == 0


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 10_000),
    st.floats(0.001, 1),
    st.floats(1, 1e9),
    st.floats(0.001, 1),
    st.floats(0.001, 1),
)
def test_the_identity_holds_for_any_market(outlets, spread, total, reach, share):
    own = max(1, int(outlets * spread))
    ours = total * reach
    row = market_ratios(
        pd.DataFrame(
            {
                "product_group": ["x"],
                "group_revenue": [total],
                "outlets": [outlets],
                "own_outlets": [own],
                "own_outlets_revenue": [ours],
                "own_revenue": [ours * share],
            }
        )
    ).table.iloc[0]
    product = row["numeric_distribution"] * row["selection_indicator"] * row["sales_share"]
    assert row["market_share"] == pytest.approx(product)
    assert row["market_share"] == pytest.approx(row["weighted_distribution"] * row["sales_share"])
    assert row["identity_gap"] == pytest.approx(0, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 10_000), st.floats(0.001, 1), st.floats(1, 1e9), st.floats(0.001, 1), st.floats(0.001, 1)
)
def test_market_share_is_penetration_times_share_of_customer_times_relative_spend(
    buyers, part, total, spend, share
):
    row = market_penetration(
        pd.DataFrame(
            {
                "product_group": ["x"],
                "group_revenue": [total],
                "buyers": [buyers],
                "own_buyers": [max(1, int(buyers * part))],
                "own_buyers_revenue": [total * spend],
                "own_revenue": [total * spend * share],
            }
        )
    ).table.iloc[0]
    product = row["penetration"] * row["share_of_customer"] * row["relative_spend"]
    assert row["market_share"] == pytest.approx(product)


@pytest.mark.parametrize(
    ("column", "value"),
    [("own_outlets", 900), ("own_revenue", 5.0), ("own_outlets_revenue", 11.0), ("own_revenue", 12.0)],
)
def test_a_part_above_its_whole_is_refused_with_its_row(column, value):
    with pytest.raises(InputError, match="such as 1"):
        market_ratios(market(**{column: [value]}))


def test_a_group_twice_in_one_period_is_refused():
    with pytest.raises(InputError, match="twice in one period"):
        market_ratios(pd.concat([market(), market()]))


def test_the_last_period_counts_and_all_periods_are_kept():
    both = pd.concat([market(period=["2023"], own_revenue=[1.0]), market(period=["2024"])])
    result = market_ratios(both)
    assert result.table["period"].tolist() == ["2024"]
    assert result.tables["periods"]["market_share"].tolist() == pytest.approx([0.10, 0.14])


def test_columns_that_are_missing_leave_their_ratio_missing():
    table = market_ratios(pd.DataFrame({"product_group": ["x"], "group_revenue": [10.0]})).table
    assert table.drop(columns=["product_group", "period"]).isna().all().all()
    found = market_penetration(market())
    assert found.table.empty
    assert found.warnings


def test_own_revenue_comes_from_the_transactions(shop):
    own = own_sales(shop, last_window(shop))
    table = pd.DataFrame({"product_group": ["k0", "unknown"], "group_revenue": [1e6, 1e6]})
    result = market_ratios(table, own)
    row = result.table.set_index("product_group").loc["k0"]
    assert row["market_share"] == pytest.approx(own.loc["k0", "own_revenue"] / 1e6)
    assert [said for said in result.warnings if "1 product groups" in said]
    assert own["own_buyers"].between(1, 300).all()


def test_own_sales_are_the_same_on_every_engine():
    rows = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "b"],
            "timestamp": ["2021-01-01", "2021-02-01", "2021-02-01", "2020-01-01"],
            "amount": [10.0, -4.0, 5.5, 99.0],
            "category": ["x", "x", "y", "x"],
        }
    )
    found = []
    for kind in ("duckdb", "polars"):
        tx = read_transactions(rows, amount="amount", category="category", engine=make_engine(kind))
        found.append(own_sales(tx, last_window(tx, "2021-03-01", 100)))
    pd.testing.assert_frame_equal(*found)
    assert found[0]["own_revenue"].to_dict() == {"x": 6.0, "y": 5.5}
    assert found[0]["own_buyers"].to_dict() == {"x": 1.0, "y": 1.0}
