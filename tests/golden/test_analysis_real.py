"""Figures of real bases, computed independently beforehand; a change of a definition shows here."""

from __future__ import annotations

import pytest

from crm_ml.analysis.cross_selling.breadth import product_breadth
from crm_ml.analysis.cross_selling.forecast import sales_forecast
from crm_ml.analysis.growth.people import hourly_cost
from crm_ml.analysis.profitability.attention import attention_concentration
from crm_ml.analysis.profitability.whale import best_share, whale_curve
from crm_ml.analysis.pyramid import pyramid
from crm_ml.analysis.retention.build_up import profit_build_up
from crm_ml.analysis.retention.chance import decay_net_of_chance
from crm_ml.analysis.retention.cohorts import first_year_decay
from crm_ml.analysis.values import customer_values, ranked
from crm_ml.data.reading import read_transactions
from crm_ml.data.windows import Window


@pytest.fixture(scope="module")
def cdnow(data_folder):
    return read_transactions(
        data_folder / "cdnow.parquet", customer_id="customer_id", timestamp="date", amount="amount_usd",
        quantity="cds", currency="USD", basis="revenue",
    )  # fmt: skip


@pytest.fixture(scope="module")
def superstore(data_folder):
    return read_transactions(
        data_folder / "superstore.parquet", customer_id="customer_id", timestamp="order_date", amount="sales",
        order_id="order_id", profit="profit", category="category", product_id="product_id",
        discount="discount", currency="USD", basis="revenue",
    )  # fmt: skip


def test_superstore_whale_curve(superstore):
    result = whale_curve(superstore, period_days=4 * 365 + 1)
    assert result.n == 793
    assert result.figures["loss_customers"] == 155
    assert result.figures["peak"] == pytest.approx(1.2487, abs=5e-5)
    assert result.figures["customers_at_peak"] == pytest.approx(0.8045, abs=5e-5)
    assert result.figures["best_20_share"] == pytest.approx(0.814, abs=5e-4)


def test_cdnow_best_fifth_makes_65_percent(cdnow):
    amounts = customer_values(cdnow, as_of="1998-01-01").amounts
    assert best_share(amounts) == pytest.approx(0.65, abs=0.005)
    assert best_share(amounts, 0.01) == pytest.approx(0.145, abs=5e-4)
    assert best_share(amounts, 0.05) == pytest.approx(0.34, abs=0.005)
    assert (ranked(amounts)["cumulative_share"] < 0.8).mean() == pytest.approx(0.36, abs=0.005)


def test_cdnow_pyramid_shares(cdnow):
    table = pyramid(cdnow, as_of="1998-01-01").table.set_index("class")
    assert table["customers"].to_dict() == {
        "top": 236, "large": 940, "medium": 3525, "small": 18_869, "inactive": 0,
    }  # fmt: skip
    assert table["share_value"].round(3).tolist()[:4] == pytest.approx([0.145, 0.197, 0.308, 0.350], abs=2e-3)


def test_online_retail_breadth_goes_with_revenue_half_of_it_by_itself(data_folder):
    tx = read_transactions(
        data_folder / "online_retail.parquet", customer_id="customer_id", timestamp="invoice_ts",
        amount="quantity * unit_price", order_id="invoice", product_id="stock_code",
    )  # fmt: skip
    figures = product_breadth(tx).figures
    assert figures["rank_correlation"] == pytest.approx(0.73, abs=0.005)
    assert figures["partial_correlation"] == pytest.approx(0.49, abs=0.005)


def test_cdnow_forecast_says_how_far_off_it_was(cdnow):
    """The fourth quarter of 1997 sold a quarter more than any model of 1997 could know: it stands beside."""
    result = sales_forecast(cdnow, periods=2)
    errors = result.tables["backtest"].set_index("start")["error"]
    assert errors.to_dict() == pytest.approx(
        {"1998-04-01": -0.124, "1997-12-31": 0.100, "1997-10-01": 0.250}, abs=0.02
    )
    assert "mean absolute error 16%" in result.warnings[0]


def test_cdnow_first_year_decay(cdnow):
    table = first_year_decay(cdnow).table.set_index("cohort")
    assert table["never_back"].round(2).to_dict() == {"1997-01": 0.54, "1997-02": 0.55, "1997-03": 0.53}


def test_cdnow_tenure_is_flat_per_active_customer_and_falls_per_member(cdnow):
    table = profit_build_up(cdnow, period_days=91).table.head(4)
    assert table["per_member"].round(1).tolist() == [53.7, 13.4, 12.0, 11.5]
    assert table["per_active"].round(1).tolist() == [53.7, 67.6, 68.0, 69.3]


def test_cdnow_decay_beside_chance(cdnow):
    windows = (Window("1997-04-01", 228), Window("1997-11-15", 228))
    table = decay_net_of_chance(cdnow, windows=windows).table.set_index("min_purchases")
    assert table.loc[1, "customers"] == 8110
    assert (table["loss_stopped"] * 100).round(1).tolist() == [28.9, 18.1, 12.4]
    assert (table["loss_shrunk"] * 100).round(1).tolist() == [27.0, 34.1, 37.1]
    assert table["chance_shrunk"].tolist() == pytest.approx([0.247, 0.298, 0.302], abs=0.006)
    assert table["ratio"].round(1).tolist() == [0.9, 1.9, 3.0]
    assert table["ratio_chance"].tolist() == pytest.approx([1.37, 4.4, 14.8], rel=0.08)


def test_an_account_manager_of_50_000_costs_114_29_an_hour():
    assert round(hourly_cost(50_000), 2) == 114.29


def test_online_retail_returns_take_attention_unevenly(data_folder):
    import duckdb

    # Credit notes stand in for attention: "20 % take 80 %" is measured here, not believed.
    query = """select customer_id::varchar customer_id, sum(quantity * unit_price) revenue,
        count(distinct case when invoice like 'C%' then invoice end) complaints_and_returns
        from read_parquet(?) where customer_id is not null group by 1"""
    table = duckdb.execute(query, [str(data_folder / "online_retail.parquet")]).df()
    result = attention_concentration(table)
    assert result.n == 3360
    assert result.figures["top_attention_share"] == pytest.approx(0.80, abs=0.05)
    assert 0.3 < result.figures["overlap"] < 0.7
