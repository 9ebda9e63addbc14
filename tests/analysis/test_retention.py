"""Bridges, retention, lifetime value, cohorts, wallet: by hand on six customers."""

import pandas as pd
import pytest

from crm_ml.analysis.retention.bridge import revenue_bridge
from crm_ml.analysis.retention.build_up import profit_build_up
from crm_ml.analysis.retention.chance import decay_net_of_chance
from crm_ml.analysis.retention.cohorts import cohort_grid, first_year_decay
from crm_ml.analysis.retention.customer_growth import growth_per_customer
from crm_ml.analysis.retention.equity_bridge import equity_bridge
from crm_ml.analysis.retention.fiscal import fiscal_bridges, fiscal_years
from crm_ml.analysis.retention.lifetime import (
    customer_equity,
    lifetime_value,
    retention_what_if,
    simple_lifetime_value,
)
from crm_ml.analysis.retention.rates import retention_index, retention_rates
from crm_ml.analysis.retention.wallet import potential_index, share_of_wallet
from crm_ml.base.exceptions import InputError

from .conftest import read


def test_each_customer_falls_in_its_line(two_years):
    result = revenue_bridge(two_years)
    lines = result.table.set_index("line")
    assert lines["amount"].to_dict() == {
        "start": 245.0, "new": 40.4, "reactivated": 12.5, "grown": 50.01, "shrunk": -49.98, "stopped": -60.0,
        "corrections": 0.0, "end": 237.93,
    }  # fmt: skip
    assert lines["customers"].tolist() == [4, 1, 1, 1, 1, 1, 0, 5]
    assert result.figures["decay"] == pytest.approx(109.98 / 245)
    events = result.tables["customers"].set_index("customer_id")["event"]
    assert events["same"] == "same"


def test_a_return_of_a_stopped_customer_is_part_of_its_loss():
    from crm_ml.data.reading import read_transactions

    rows = [
        ("a", "2020-06-01", 50.0),
        ("a", "2021-06-01", -8.0),
        ("b", "2020-03-01", 1.0),
        ("b", "2021-12-31", 1.0),
    ]
    rows += [("c", "2019-01-01", 9.0), ("c", "2021-02-01", -9.0)]
    log = pd.DataFrame(rows, columns=["customer", "day", "amount"])
    lines = revenue_bridge(
        read_transactions(log, customer_id="customer", timestamp="day", amount="amount")
    ).table.set_index("line")["amount"]
    assert lines["stopped"] == -58.0
    assert lines["corrections"] == -9.0
    assert lines["end"] == -16.0


def test_groups_of_the_bridge_add_up_and_unknown_ones_are_kept(two_years):
    groups = pd.DataFrame({"customer_id": ["grower", "stopper"], "segment": ["trade", "retail"]})
    table = revenue_bridge(two_years, groups).tables["groups"].set_index("segment")
    assert table["end"].sum() == pytest.approx(237.93)
    assert set(table.index) == {"trade", "retail", "unknown"}
    assert table.loc["retail", "decay"] == 1.0


def test_fiscal_years_must_be_whole(two_years):
    assert [str(year.cutoff) for year in fiscal_years(two_years)] == ["2020-01-01", "2021-01-01"]
    table = fiscal_bridges(two_years).table
    assert table["fiscal_year"].unique().tolist() == ["2021"]
    assert fiscal_bridges(two_years, first_month=2).warnings == (
        "two full fiscal years are needed; the data cover 1",
    )
    assert fiscal_bridges(two_years, first_month=7).table["fiscal_year"].unique().tolist() == ["2021"]
    with pytest.raises(InputError, match="must be a month"):
        fiscal_years(two_years, 13)


def test_retention_variants_by_hand(two_years):
    table = retention_rates(two_years).table.set_index("variant")
    assert table.loc["customers", "rate"] == 0.75
    assert table.loc["end_minus_new", "rate"] == 1.0
    assert table.loc["gross_revenue", "rate"] == pytest.approx((100 + 30.02 + 5) / 245)
    assert table.loc["net_revenue", "rate"] == pytest.approx((150.01 + 30.02 + 5) / 245)
    assert table.loc["customers", "mean_lifetime"] == 4.0
    assert pd.isna(table.loc["end_minus_new", "mean_lifetime"])


def test_retention_index_is_one_on_average(two_years):
    groups = pd.DataFrame({"customer_id": ["grower", "shrinker", "same", "stopper"], "segment": list("xxyy")})
    table = retention_index(two_years, groups).table.set_index("segment")
    assert table["retention_index"].round(4).to_dict() == {"x": 1.3333, "y": 0.6667}
    assert retention_index(two_years, None).warnings == ("not computed: accounts table missing",)


def test_five_points_of_retention_are_worth_41_percent_here_not_95():
    assert retention_what_if(1.0, 0.9).table.set_index("rise")["change"][0.05] == pytest.approx(
        0.407, abs=1e-3
    )
    assert lifetime_value(100, 0.0, 0.1) == 0.0
    with pytest.raises(InputError, match="infinite"):
        lifetime_value(1, 1.0, 0.0)


def test_simple_lifetime_value_multiplies_its_lines(two_years):
    lines = simple_lifetime_value(two_years).table.set_index("line")["amount"]
    assert lines["plain_value"] == pytest.approx(
        lines["margin_per_purchase"] * lines["purchases_per_year"] * lines["mean_years"]
    )
    assert lines["retention"] == 0.75


def test_equity_with_future_customers_and_groups():
    values = pd.DataFrame({"customer_id": ["a", "b"], "clv": [30.0, 10.0]})
    groups = pd.DataFrame({"customer_id": ["a"], "segment": ["trade"]})
    result = customer_equity(values, groups, new_customers=2, value_of_new=10, cost_of_new=4)
    assert result.table.set_index("segment")["clv"].to_dict() == {
        "trade": 30.0, "unknown": 10.0, "future_customers": 12.0,
    }  # fmt: skip


def test_new_parameters_stand_on_a_line_of_their_own():
    before, after = ({"customer_id": ["a"], "clv": [one]} for one in (10.0, 30.0))
    same = pd.DataFrame({"customer_id": ["a"], "clv": [12.0]})
    lines = equity_bridge(pd.DataFrame(before), pd.DataFrame(after), same).table.set_index("line")["amount"]
    assert (lines["risen"], lines["parameters"]) == (2.0, 18.0)


def test_first_year_decay_counts_only_whole_years(two_years):
    result = first_year_decay(two_years)
    table = result.table.set_index("cohort")
    assert "2021-12" not in table.index
    assert table.loc["2020-05", "never_back"] == 1.0  # the stopper
    assert result.n == 5
    assert first_year_decay(two_years, period_days=5000).warnings[0].startswith("the data are too short")


def test_cohort_grid_counts_only_periods_the_whole_cohort_lived_through(shop):
    table = cohort_grid(shop).table
    assert (table["share_active"] <= 1).all()
    assert table[table["period"] == 1]["share_active"].eq(1).all()
    last = table.groupby("cohort")["period"].max()
    assert last.is_monotonic_decreasing


def test_build_up_compares_the_same_customers(shop):
    table = profit_build_up(shop, acquisition_cost=30.0).table
    assert table["acquisition"].tolist()[0] == -30.0
    whole = table["base"] + table["volume_effect"] + table["price_effect"]
    assert whole.to_numpy() == pytest.approx(table["per_member"].to_numpy())


def test_growth_is_of_customers_active_in_both(two_years):
    table = growth_per_customer(two_years).table
    assert table["customers"].tolist() == [3]
    assert table["growth"].iloc[0] == pytest.approx(185.03 / 185 - 1)


def test_decay_beside_chance_is_reproducible_and_needs_no_amounts(shop):
    first, again = decay_net_of_chance(shop, draws=10), decay_net_of_chance(shop, draws=10)
    pd.testing.assert_frame_equal(first.table, again.table)
    by_orders = decay_net_of_chance(shop, draws=5, measure="orders").table
    assert (by_orders["customers"] == first.table["customers"]).all()


def test_a_wallet_smaller_than_the_spend_gets_no_share():
    own = pd.DataFrame({"customer_id": ["a", "b"], "revenue": [25.0, 50.0]})
    result = share_of_wallet(own, pd.DataFrame({"customer_id": ["a", "b"], "wallet": [100.0, 40.0]}))
    assert result.figures["share_of_wallet"] == 0.25
    assert result.warnings == ("1 customers spend more with us than their stated wallet: no share computed",)


def test_the_index_is_never_called_a_share(shop):
    result = potential_index(shop)
    assert "share_of_wallet" not in result.table.columns
    assert "not a share" in result.warnings[0]
    few = potential_index(shop, min_peers=10_000)
    assert few.table["potential_index"].isna().all()


def test_build_up_lines_of_cost_and_referrals_by_hand():
    """a and b buy three years; c was referred by a in its second year and brings 30 in its first."""
    rows = [("a", "2017-01-01", 10.0), ("a", "2018-03-01", 20.0), ("a", "2019-03-01", 30.0)]
    rows += [("b", "2017-01-01", 10.0), ("b", "2019-06-01", 10.0)]
    rows += [("c", "2018-02-01", 25.0), ("c", "2018-12-01", 5.0), ("c", "2019-12-31", 99.0)]
    rows += [("d", "2019-12-30", 1.0)]
    tx = read(rows)
    costs = pd.DataFrame({"customer_id": list("abcd"), "cost_to_serve": [2.0, 4.0, 5.0, 9.0]})
    referrals = pd.DataFrame({"customer_id": ["c", "d"], "referred_by": ["a", ""]})
    table = profit_build_up(tx, costs=costs, referrals=referrals).table.set_index("tenure_year")
    # a and b were seen through three years of tenure, c through one, d through none.
    assert table["customers"].to_dict() == {1: 3, 2: 2, 3: 2}
    assert table["referral"].to_dict() == {1: 0.0, 2: 15.0, 3: 0.0}
    # d is in its first year (9), c in its second (5), a and b in their third (3): serving is 4 and 6 cheaper.
    assert table["cost_effect"].to_dict() == {1: 0.0, 2: 4.0, 3: 6.0}
    said = profit_build_up(tx).warnings
    assert "without cost to serve: that part is left out" in said


def test_first_year_decay_by_channel(two_years):
    """Of the six, those with a full year: each stands in the row of its channel."""
    ids = ["old", "grower", "shrinker", "stopper", "same"]
    accounts = pd.DataFrame({"customer_id": ids, "channel": ["web", "web", "shop", "shop", None]})
    result = first_year_decay(two_years, accounts, period_days=370)
    table = result.tables["groups"].set_index("group")
    assert table["customers"].to_dict() == {"shop": 2, "unknown": 1, "web": 2}
    # The grower came back after 371 days, the old one after two years: both too late.
    assert table["never_back"].to_dict() == {"shop": 0.5, "unknown": 0.0, "web": 1.0}
    assert set(table["attribute"]) == {"channel"}
