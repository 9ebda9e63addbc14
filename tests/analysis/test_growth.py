"""Targets, resources, people, risk, dependence: by hand, with bounds and empty tables."""

import numpy as np
import pandas as pd
import pytest

from crm_ml.analysis.growth.account_forecast import account_forecast
from crm_ml.analysis.growth.account_targets import account_variance, mix_variance
from crm_ml.analysis.growth.allocation import proportional_allocation
from crm_ml.analysis.growth.dependence import mutual_dependence, payback
from crm_ml.analysis.growth.efficiency import efficiency
from crm_ml.analysis.growth.outside import outside_influences
from crm_ml.analysis.growth.people import employee_rates, farmer_commission, hourly_cost, seller_scores
from crm_ml.analysis.growth.risk import concentration_risk, revenue_at_risk
from crm_ml.analysis.growth.target import growth_target, investment_room
from crm_ml.analysis.retention.bridge import revenue_bridge
from crm_ml.base.exceptions import InputError

from .conftest import read


def test_the_target_takes_measured_decay_from_the_bridge(two_years):
    groups = pd.DataFrame({"customer_id": ["grower", "shrinker", "stopper", "same"], "class": list("ABBA")})
    classes = revenue_bridge(two_years, groups, group="class").tables["groups"]
    result = growth_target(classes[classes["start"] > 0], growth=0.1)
    assert result.figures["target"] == pytest.approx(245 * 1.1)
    assert result.figures["existing"] == pytest.approx(150.01 + 30.02 + 5)
    assert result.figures["new_business_needed"] == pytest.approx(245 * 1.1 - 185.03)
    scenario = result.tables["scenarios"].set_index("scenario")
    assert scenario.loc[0.0, "existing"] == pytest.approx(result.figures["existing"])
    assert scenario.loc[-0.5, "new_business"] > scenario.loc[0.5, "new_business"]


def test_investment_room_discounts_and_asks_a_return():
    assert investment_room([110.0], required_return=0.0).figures["investment_room"] == pytest.approx(100.0)
    with pytest.raises(InputError, match="empty"):
        investment_room([])


def test_a_new_account_without_plan_is_all_volume():
    targets = pd.DataFrame({"customer_id": ["a"], "target_revenue": [10.0], "target_quantity": [1]})
    realised = pd.DataFrame({"customer_id": ["a", "n"], "revenue": [10.0, 30.0], "quantity": [1, 3]})
    table = account_variance(targets, realised).table.set_index("customer_id")
    assert table.loc["n", ["lost", "volume", "price"]].tolist() == [0.0, 30.0, 0.0]
    without = account_variance(targets.drop(columns="target_quantity"), realised).table
    assert "other" in without.columns


def test_mix_variance_of_equal_plan_and_result_is_zero():
    table = pd.DataFrame({"category": ["x", "y"], "revenue": [5.0, 7.0], "quantity": [1, 2]})
    assert mix_variance(table, table).table[["volume", "mix", "price"]].abs().to_numpy().max() == 0


def test_hours_keep_to_floor_cap_and_total():
    customers = pd.DataFrame({"customer_id": list("abcd"), "profit": [900.0, 90, 10, -50]})
    table = proportional_allocation(customers, 100, floor=2, cap=50).table.set_index("customer_id")
    assert table["hours_proposed"].sum() == 100
    assert table.loc["a", "hours_proposed"] == 50
    assert table.loc["d", "hours_proposed"] == 2
    equal = proportional_allocation(customers.assign(profit=-1.0), 8)
    assert equal.table["hours_proposed"].tolist() == [2, 2, 2, 2]
    assert equal.warnings == ("all weights are 0: divided equally",)
    with pytest.raises(InputError, match="no room"):
        proportional_allocation(customers, 100, cap=10)


def test_hourly_cost_of_every_employee():
    employees = pd.DataFrame({"employee": ["Bob", "Ann"], "gross_salary": [35_000, 50_000]})
    assert employee_rates(employees).table["hourly_cost"].round(2).tolist() == [114.29, 80.0]
    assert hourly_cost(50_000, factor=2, hours=1000) == 100
    assert employee_rates(None).warnings == ("not computed: employees table missing",)


def test_commission_caps_milks_nothing_from_a_loss_and_says_when_the_cap_always_cuts():
    portfolio = pd.DataFrame(
        {
            "customer_id": list("abcdef"),
            "owner": ["Ann"] * 5 + ["Bob"],
            "profit": [60, 10, 10, 10, 10, -4.0],
            "lifetime_years": [10.0] * 5 + [1.0],
        }
    )
    result = farmer_commission(portfolio, base=0.1)
    table = result.table.set_index("owner")
    assert table.loc["Ann", ["counted_profit", "lifetime_factor", "commission"]].tolist() == [60.0, 1.5, 9.0]
    assert np.isnan(table.loc["Bob", "commission"])
    assert len(result.warnings) == 2


def test_sellers_are_judged_on_what_they_won_and_kept():
    accounts = pd.DataFrame(
        {
            "customer_id": list("abcd"), "owner": ["Ann", "Ann", "Bob", None],
            "event": ["new", "grown", "stopped", "new"], "before": [0, 50, 40, 0], "after": [30, 60, 0, 9],
        }
    )  # fmt: skip
    table = seller_scores(accounts, pd.DataFrame({"owner": ["Ann", "Ann"], "won": [True, False]})).table
    assert table["hunter_score"].tolist() == [2.0, 0.0]
    assert table["hit_rate"].tolist()[0] == 0.5
    assert table["retention"].tolist() == [1.0, 0.0]


def test_loss_at_a_level_is_a_quantile_of_the_simulation():
    n = 200
    scores = pd.DataFrame(
        {"customer_id": range(n), "p_stopped": 0.5, "usual_spend": 10.0, "expected_loss": 5.0}
    )
    result = revenue_at_risk(scores, draws=4000, seed=1)
    assert result.figures["expected_loss"] == 1000
    assert result.figures["loss_at_level"] == pytest.approx(1000 + 1.645 * 10 * np.sqrt(n / 4), rel=0.01)


def test_at_risk_falls_back_to_stopped_and_counts_who_has_no_score():
    scores = pd.DataFrame(
        {
            "customer_id": list("abc"), "p_at_risk": [0.4, None, None], "p_stopped": [0.2, 0.3, None],
            "usual_spend": 10.0, "expected_loss": 1.0,
        }
    )  # fmt: skip
    result = revenue_at_risk(scores)
    assert result.tables["top"]["probability"].tolist() == [0.4, 0.3]
    assert result.warnings == ("1 customers without a score are not counted",)
    with pytest.raises(InputError, match="no probability"):
        revenue_at_risk(scores.drop(columns=["p_at_risk", "p_stopped"]))


def test_concentration_of_equal_customers():
    table = pd.DataFrame({"customer_id": range(50), "revenue": 2.0})
    result = concentration_risk(table)
    assert result.figures["effective_customers"] == pytest.approx(50)
    assert result.table["largest"].tolist() == [1, 5, 10, 20]


def test_dependence_and_payback():
    table = pd.DataFrame({"customer_id": list("abc"), "revenue": [60.0, 30, 10], "wallet": [100.0, 300, 5]})
    result = mutual_dependence(table, our_cut=0.3).table.set_index("customer_id")
    assert result["class"].to_dict() == {"a": "mutual", "b": "we_depend", "c": "loose"}
    invested = pd.DataFrame(
        {"customer_id": list("ab"), "investment": 100.0, "yearly_margin": 60.0, "retention": [1.0, 0.5]}
    )
    years = payback(invested).table.set_index("customer_id")["payback_years"]
    assert years["a"] == pytest.approx(1 + 40 / 60)
    assert years["b"] == pytest.approx(2 + 10 / 15)


def test_efficiency_leaves_out_what_is_unknown():
    periods = pd.DataFrame({"period": ["1", "2"], "margin": [10.0, 16.0], "sales_hours": [2.0, 4.0]})
    table = efficiency(periods).table
    assert table["margin_per_sales_hour"].tolist() == [5.0, 4.0]
    assert "service_cost_per_active_customer" not in table


def test_a_hot_summer_is_told_from_the_season():
    """Sales = season × e^(0.05 × degrees above usual); the last year was 2 degrees warmer all summer."""
    generator = np.random.default_rng(0)
    days = pd.date_range("2015-01-01", "2019-12-31", freq="D")
    usual = 10 + 8 * np.cos((days.month - 7) / 12 * 2 * np.pi)
    offset = pd.Series(generator.normal(0, 1.5, 60), index=pd.period_range("2015-01", "2019-12", freq="M"))
    warmer = np.where((days.year == 2019) & days.month.isin([6, 7, 8]), 2.0, 0.0)
    degrees = usual + offset.reindex(days.to_period("M")).to_numpy() + warmer
    amount = 100 * (1 + 0.5 * (days.month == 12)) * np.exp(0.05 * (degrees - usual))
    rows = [("a", day, round(float(one), 4)) for day, one in zip(days, amount, strict=True)]
    tx = read(rows)
    weather = pd.DataFrame({"date": days, "degrees": degrees})
    result = outside_influences(tx, weather)
    row = result.table.iloc[0]
    assert row["coefficient"] == pytest.approx(0.05, abs=1e-3)
    assert row["low"] < 0.05 < row["high"] or row["high"] - row["low"] < 1e-3
    months = days.to_period("M")
    apart = pd.Series(degrees).groupby(months).mean()
    apart = apart - apart.groupby(apart.index.month).transform("mean")
    last = pd.Series(amount).groupby(months).sum()[-12:]
    assert result.figures["outside"] == pytest.approx(
        last.sum() / (last / np.exp(0.05 * apart[-12:])).sum() - 1, abs=2e-3
    )
    assert outside_influences(read(rows[:600]), weather).table.empty
    assert outside_influences(tx, None).warnings == ("not computed: table of outside figures missing",)


def test_variance_with_an_outside_influence_still_adds_up():
    targets = pd.DataFrame(
        {"customer_id": ["a", "b"], "target_revenue": [100, 50], "target_quantity": [10, 5]}
    )
    realised = pd.DataFrame({"customer_id": ["a"], "revenue": [99.0], "quantity": [9]})
    table = account_variance(targets, realised, outside=0.05).table.set_index("customer_id")
    assert table.loc["a", ["outside", "volume", "price"]].tolist() == [5.0, -15.0, 9.0]
    assert table.loc["b", ["lost", "outside", "volume", "price"]].tolist() == [-50.0, 0.0, 0.0, 0.0]
    assert (table[["lost", "outside", "volume", "price"]].sum(axis=1) == table["variance"]).all()


def test_an_account_forecast_adds_up_over_years_and_knows_margins(shop):
    result = account_forecast(shop, years=2, most=20)
    assert len(result.table) == 20
    assert result.table["revenue"].is_monotonic_decreasing
    assert (result.table["expected_year_1"] >= 0).all()
    assert "expected_margin_1" in result.table
    assert result.figures["expected_year_1"] == pytest.approx(result.table["expected_year_1"].sum())
    assert "only the 20 largest rows" in result.warnings[0]


def test_mix_variance_and_investment_headroom_are_part_of_the_theme(themed):
    names = [result.name for result in themed["growth"]]
    assert {"mix_variance", "investment_room", "account_forecast", "outside_influences"} <= set(names)
    mix = next(result for result in themed["growth"] if result.name == "mix_variance")
    parts = mix.table[["volume", "mix", "price"]].sum(axis=1)
    assert np.allclose(parts, mix.table["variance"])
