"""RFM, pyramid, migration, ABC, portfolio, profiles: by hand, with ties and tiny bases."""

import numpy as np
import pandas as pd
import pytest

from crm_ml.analysis.abc import abc, gini
from crm_ml.analysis.clusters import clusters
from crm_ml.analysis.portfolio import customer_portfolio
from crm_ml.analysis.profiles import class_profiles
from crm_ml.analysis.pyramid import pyramid, pyramid_migration
from crm_ml.analysis.rfm import rfm
from crm_ml.base.exceptions import InputError


def revenue(values):
    return pd.DataFrame({"customer_id": [f"c{one:04d}" for one in range(len(values))], "revenue": values})


@pytest.mark.parametrize(
    ("n", "sizes"), [(100, [1, 4, 15, 80]), (7, [1, 0, 1, 5]), (1, [1, 0, 0, 0]), (1000, [10, 40, 150, 800])]
)
def test_pyramid_cuts(n, sizes):
    """1 %, 4 %, 15 %, 80 %; at least one top customer whatever the size."""
    assert pyramid(revenue(range(n, 0, -1))).table["customers"].tolist() == sizes


def test_ties_in_the_pyramid_go_by_customer_id_whatever_the_order_of_rows():
    table = revenue([10.0] * 100)
    result = pyramid(table.sample(frac=1, random_state=1))
    tops = result.tables["customers"].query("`class` == 'top'")["customer_id"].tolist()
    assert tops == ["c0000"]
    assert result.table["customers"].tolist() == [1, 4, 15, 80]


def test_pyramid_shares_add_to_one_and_say_when_there_is_no_total():
    result = pyramid(revenue([50, 30, 20]))
    assert result.table["share_value"].sum() == pytest.approx(1)
    nothing = pyramid(revenue([0.0, 0.0]))
    assert nothing.table["share_value"].isna().all()
    assert "the total is not above 0: shares are not defined" in nothing.warnings


def test_inactive_customers_bought_before_the_period(two_years):
    result = pyramid(two_years)
    customers = result.tables["customers"].set_index("customer_id")["class"]
    assert customers["stopper"] == "inactive"
    assert result.figures == {"active": 5.0, "inactive": 1.0}


def test_migration_knows_new_lost_and_reactivated(two_years):
    result = pyramid_migration(two_years)
    events = result.tables["customers"].set_index("customer_id")["event"].to_dict()
    assert events["new"] == "new"
    assert events["stopper"] == "lost"
    assert events["old"] == "reactivated"
    assert result.table["customers"].sum() == 6
    assert result.table["after"].sum() == pytest.approx(12.5 + 150.01 + 30.02 + 5 + 40.4)


def test_abc_by_value_and_by_heads():
    table = revenue([60, 20, 10, 5, 3, 2])
    assert abc(table).table[["class", "customers"]].to_numpy().tolist() == [["A", 2], ["B", 2], ["C", 2]]
    by_heads = abc(table, by="customers", cuts=(0.2, 0.5))
    assert by_heads.table["customers"].tolist() == [2, 1, 3]


def test_gini_by_hand():
    assert gini(pd.Series([1.0, 3.0])) == pytest.approx(0.25)
    assert np.isnan(gini(pd.Series([-1.0, 0.0])))


def test_negative_customers_are_said(caplog):
    assert any("below 0" in one for one in abc(revenue([10, -1])).warnings)


def test_rfm_puts_the_most_important_customer_first_and_covers_everybody(shop):
    result = rfm(shop)
    customers = result.tables["customers"]
    assert result.table["customers"].sum() == len(customers) == result.n
    assert customers["weighted_score"].is_monotonic_decreasing
    assert customers["rfm_score"].iloc[0] == "555"
    assert result.tables["heat_map"]["customers"].sum() == result.n
    assert rfm(shop, weights=(0, 0, 1)).tables["customers"]["monetary_score"].is_monotonic_decreasing
    with pytest.raises(InputError, match="negative"):
        rfm(shop, weights=(-1, 1, 1))


def test_rfm_on_margin_and_mean_differs_from_revenue(shop):
    found = [rfm(shop, **options) for options in ({}, {"monetary": "margin"}, {"mean": True})]
    first, margin, mean = (
        one.tables["customers"].set_index("customer_id")["value"].sort_index() for one in found
    )
    assert (margin < first).all()
    assert (mean <= first + 1e-9).all()


def test_rfm_sees_nothing_from_the_reference_date_on(two_years):
    customers = rfm(two_years, "2021-01-01").tables["customers"].set_index("customer_id")
    assert "new" not in customers.index
    assert customers.loc["grower", "value"] == 100.0


def test_rfm_without_amounts_works_on_purchases():
    from crm_ml.data.reading import read_transactions

    log = pd.DataFrame(
        {"customer": list("aabc"), "day": ["2020-01-01", "2020-03-01", "2020-02-01", "2020-01-09"]}
    )
    result = rfm(read_transactions(log, customer_id="customer", timestamp="day"))
    assert result.basis == "orders"
    assert result.n == 3


def test_portfolio_places_growth_and_share(two_years):
    result = customer_portfolio(two_years)
    classes = result.tables["customers"].set_index("customer_id")["class"]
    assert classes["grower"] == "star"
    assert result.n == 3


def test_profile_shows_what_sets_a_class_apart():
    customers = pd.DataFrame({"customer_id": list("abcd"), "orders": [9, 7, 1, 3], "region": list("nnss")})
    classes = pd.DataFrame({"customer_id": list("abcd"), "segment": ["loyal", "loyal", "new", "new"]})
    result = class_profiles(customers, classes)
    texts = result.tables["texts"].query("segment == 'loyal' and value == 'n'").iloc[0]
    assert (texts["share"], texts["overall_share"], texts["ratio"]) == (1.0, 0.5, 2.0)


def test_clusters_that_are_there_are_found_again():
    from crm_ml.data.reading import read_transactions

    rows = [(f"small{one}", f"2020-01-{1 + one % 9:02d}", 5.0) for one in range(60)]
    rows += [
        (f"big{one}", f"2020-{month:02d}-{1 + one % 9:02d}", 900.0)
        for one in range(30)
        for month in range(1, 13)
    ]
    log = pd.DataFrame(rows, columns=["customer", "day", "amount"])
    tx = read_transactions(log, customer_id="customer", timestamp="day", amount="amount")
    result = clusters(tx, n_segments=2)
    assert result.figures["stability"] > 0.9
    assert result.table["customers"].tolist() == [60, 30]
    assert result.warnings == ()
