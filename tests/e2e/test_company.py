"""What was planted in the simulated company is found again, by every analysis that should find it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.analysis.company import Company
from crm_ml.analysis.settings import AnalysisSettings
from crm_ml.analysis.themes import THEMES, analyse_themes
from crm_ml.data.company.make import make_company


@pytest.fixture(scope="module")
def made():
    """A company of which everything is known."""
    return make_company(800, seed=0)


@pytest.fixture(scope="module")
def themes(made):
    """Every theme on that company."""
    settings = AnalysisSettings(
        hours=1400.0,
        order_cost=3.0,
        acquisition_cost=120.0,
        programme_cost=10.0,
        margin_gains=(4000.0, 3000.0, 2000.0),
        wanted="large_buyer",
        attributes=("sector", "employees"),
    )
    return dict(analyse_themes(Company(made.log(), made.tables, made.as_of, settings)))


@pytest.fixture(scope="module")
def found(themes):
    """Every result by name."""
    return {result.name: result for results in themes.values() for result in results}


def cell(result, row, column):
    """Return a cell of a result by the value of its first column."""
    return result.table.set_index(result.table.columns[0])[column][row]


def test_every_analysis_of_every_theme_computes(themes, found):
    """The showcase shows everything: no table is missing, and each result says its period."""
    assert list(themes) == list(THEMES)
    assert {name: result.warnings for name, result in found.items() if result.table.empty} == {}
    undated = {
        name for name, one in found.items() if not {"until", "after_until", "as_of"} & set(one.parameters)
    }
    assert undated == set()


def test_acquisition_and_retention_cost(made, found):
    """A new customer costs 120, a kept one 24: five times as dear."""
    result = found["acquisition_and_retention_cost"]
    assert cell(result, "acquisition", "cost_per_customer") == pytest.approx(made.planted["cac"], abs=0.01)
    assert cell(result, "retention", "cost_per_customer") == pytest.approx(
        made.planted["retention_cost"], abs=0.01
    )
    assert cell(result, "acquisition", "customers") == made.planted["new_customers"]
    assert cell(result, "retention", "customers") == made.planted["kept_customers"]
    assert result.figures["cost_ratio"] == pytest.approx(5.0, abs=0.01)
    assert result.tables["channels"]["new_customers"].sum() == made.planted["new_customers"]


def test_funnel_and_who_keeps_asking(made, found):
    """Contacts and quotes place everybody where they were made; five prospects ask and never buy."""
    result = found["funnel_status"]
    for status, count in made.planted["funnel"].items():
        assert cell(result, status, "customers") == count
    assert sorted(result.tables["many_quotes"]["customer_id"]) == made.planted["many_quotes"]
    bought = made.transactions.loc[made.transactions["quantity"] > 0, "customer_id"].nunique()
    assert cell(result, "customer", "reached") == bought


def test_cost_of_a_contact(made, found):
    """The cost of a contact is that of its channel."""
    for channel, cost in made.planted["cost_per_contact"].items():
        assert cell(found["contact_economics"], channel, "cost_per_contact") == pytest.approx(cost)


def test_revenue_per_contact_by_a_second_count(made, found):
    """Last-touch attribution, counted again one purchase at a time."""
    start, end = (pd.Timestamp(made.as_of) - pd.Timedelta(days=days) for days in (365, 0))
    contacts = made.tables["contacts"]
    contacts = contacts[(contacts["date"] >= start) & (contacts["date"] < end)]
    by_customer = {one: part["date"].to_numpy() for one, part in contacts.groupby("customer_id")}
    lines = made.transactions[(made.transactions["date"] >= start) & (made.transactions["date"] < end)]
    bought = lines[lines["quantity"] > 0].groupby(["customer_id", "date"]).size()
    money = lines.groupby(["customer_id", "date"])["amount"].sum()
    attributed = 0.0
    for customer, day in bought.index:
        waits = (day.to_datetime64() - by_customer.get(customer, np.array([], "M8[s]"))) / np.timedelta64(
            1, "D"
        )
        if ((waits >= 0) & (waits <= 14)).any():
            attributed += money[(customer, day)]
    shown = cell(found["contact_economics"], "all", "revenue")
    assert shown == pytest.approx(attributed, rel=0.03)  # a return on a day of purchase may be kept apart
    assert cell(found["contact_economics"], "all", "contacts") == len(contacts)
    matrix = found["contact_matrix"].table
    assert matrix["contacts"].sum() == len(contacts)
    assert matrix["revenue"].sum() == pytest.approx(shown)


def test_click_through_and_conversion(made, found):
    """Rates a channel are as planted; the total lies between them."""
    result = found["click_through"]
    for rate in ("click_through_rate", "conversion_rate"):
        for channel, planted in made.planted[rate].items():
            assert cell(result, channel, rate) == pytest.approx(planted, abs=1e-3)


def test_deliveries(made, found):
    """Seven lines in ten come as promised, 97 in a hundred are as described."""
    figures = found["delivery_reliability"].figures
    assert figures["on_time_share"] == pytest.approx(made.planted["on_time_share"], abs=0.02)
    assert figures["as_described_share"] == pytest.approx(made.planted["as_described_share"], abs=0.01)


def test_helpdesk(made, found):
    """The median first response is six hours."""
    figures = found["helpdesk_times"].figures
    assert figures["median_response_hours"] == pytest.approx(made.planted["response_hours"], rel=0.15)
    asked = made.tables["helpdesk"]
    recent = asked[asked["opened"] >= pd.Timestamp(made.as_of) - pd.Timedelta(days=365)]
    assert cell(found["helpdesk_times"], "all", "requests") == len(recent)
    assert cell(found["helpdesk_times"], "all", "open") == recent["closed"].isna().sum()


def test_programme_effect_sees_through_self_selection(made, found):
    """Members bought more before they joined; beside similar customers the planted 15 % remains."""
    orders = found["programme_effect"].table.set_index("outcome").loc["orders"]
    lift = orders["difference"] / orders["matched"]
    assert lift == pytest.approx(made.planted["programme_lift"], abs=0.08)
    assert (
        orders["low"] / orders["matched"]
        < made.planted["programme_lift"]
        < orders["high"] / orders["matched"]
    )
    assert orders["naive_difference"] > 2 * orders["difference"]


def test_referrals_and_buying_groups(made, found):
    """Every planted referral is found; roles known and met are those of the tables."""
    referred = found["referrals"]
    assert cell(referred, "referred", "customers") == made.planted["referred"]
    assert referred.tables["referrers"]["referred"].sum() == made.planted["referred"]
    groups = found["buying_group_coverage"].table.set_index("role")
    assert groups.loc["influencer", "contacted"] == 0
    assert groups["contacted"].le(groups["known"]).all()


def test_lack_of_attention_names_the_quiet_customers(made, found):
    """Who hears nothing of us is exactly who was made so, and the list holds who is at risk among them."""
    result = found["lack_of_attention"]
    customers = result.tables["customers"].set_index("customer_id")
    unspoken = ~(customers["days_since_own_contact"] <= 180)
    quiet = made.customers["quiet"].reindex(customers.index)
    assert (unspoken == quiet).all()
    listed = result.tables["at_risk_no_contact"]
    assert set(listed["customer_id"]) == set(customers.index[quiet & (customers["probability"] >= 0.5)])
    assert listed["expected_loss"].is_monotonic_decreasing
    assert result.figures["loss_without_contact"] == pytest.approx(listed["expected_loss"].sum())


def test_wallet_people_and_costs(made, found):
    """Share of wallet, hourly cost, hit rates, and pools that add up to the cent."""
    assert found["share_of_wallet"].figures["share_of_wallet"] == pytest.approx(
        made.planted["share_of_wallet"], abs=0.01
    )
    assert found["employee_rates"].table["hourly_cost"].max() >= made.planted["hourly_cost"]
    assert cell(found["employee_rates"], "Aylin", "hourly_cost") == pytest.approx(made.planted["hourly_cost"])
    for owner, rate in made.planted["hit_rate"].items():
        assert cell(found["seller_scores"], owner, "hit_rate") == pytest.approx(rate)
    lines = found["customer_profit"].table
    assert lines["pool"].sum() == pytest.approx(made.planted["pool_cost"])
    assert lines[["allocated", "unknown_customers", "unallocated"]].sum().sum() == pytest.approx(
        made.planted["pool_cost"], abs=0.005
    )


def test_opinions(made, found):
    """NPS to the answer, the worst aspect first, and how much better our people think of us."""
    nps = found["net_promoter_score"]
    assert nps.n == made.planted["answers"]
    assert cell(nps, "promoter", "answers") == made.planted["promoters"]
    assert nps.figures["nps"] == pytest.approx(made.planted["nps"])
    assert found["gap_analysis"].table["aspect"].iloc[0] == made.planted["worst_aspect"]
    gap = found["self_image_gap"].table.set_index("aspect").loc["overall"]
    assert gap["gap_low"] < made.planted["self_image_gap"] < gap["gap_high"]


def test_only_the_very_satisfied_are_loyal(found):
    """The planted curve: the step from 4 to 5 is larger than that from 3 to 4."""
    steps = found["satisfaction_curve"].table.set_index("level")["step"]
    assert steps[5] > steps[4]
    chain = found["satisfaction_loyalty_profit"].table.set_index(["from_measure", "to_measure"])
    assert chain.loc[("satisfaction", "loyalty"), "low"] > 0
    assert (
        chain.loc[("on_time_share", "satisfaction"), "low"]
        < 0
        < chain.loc[("on_time_share", "satisfaction"), "high"]
    )


def test_complaints_and_leaving(made, found):
    """Late answers cost customers, most leavers never complained, and late delivery is the main cause."""
    assert found["complaint_causes"].table["cause"].iloc[0] == made.planted["main_cause"]
    assert found["retention_after_complaint"].figures["difference_low"] > 0
    silent = found["silent_leavers"].table.set_index("handled")["share_customers"]
    assert silent["no_complaint"] > 0.5
    assert found["exit_reasons"].table["reason"].iloc[0] == made.planted["main_exit_reason"]
    quality = found["prevention_minimum"].table
    assert quality.loc[quality["minimum"], "level"].tolist() == [made.planted["cheapest_level"]]


def test_market_ratios_and_their_identity(made, found):
    """14 % = 25 % × 1.6 × 35 % in every product group."""
    table = found["market_ratios"].table
    for name in (
        "market_share",
        "numeric_distribution",
        "weighted_distribution",
        "selection_indicator",
        "sales_share",
    ):
        assert table[name].to_numpy() == pytest.approx(made.planted[name], abs=1e-6)
    assert found["market_penetration"].table["penetration"].to_numpy() == pytest.approx(
        made.planted["penetration"], abs=1e-3
    )


def test_scorecard_says_what_the_analyses_say(made, found):
    """One number, one place: the scorecard reads the analyses, it has no second opinion."""
    level = found["scorecard"].table.set_index("measure")["level"]
    assert level["retention"] == found["retention_rates"].figures["retention"]
    assert level["on_time_share"] == found["delivery_reliability"].figures["on_time_share"]
    assert level["cost_of_new_customer"] == pytest.approx(made.planted["cac"], abs=0.01)
    assert level["market_share"] == pytest.approx(made.planted["market_share"])
    assert level["expected_loss"] == pytest.approx(found["revenue_at_risk"].figures["expected_loss"])
    assert level["risen"] == found["pyramid_migration"].figures["risen"]
    assert len(found["scorecard"].warnings) == 0
    table = found["scorecard"].table.set_index("measure")
    assert table.loc["on_time_share", "target"] == 0.95
    assert not table.loc["on_time_share", "on_target"]
    assert table.loc["retention", "on_target"] == (level["retention"] >= 0.8)
