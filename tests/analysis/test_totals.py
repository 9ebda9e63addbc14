"""The grain from which analyses start: exact sums, orders, periods."""

import pytest

from crm_ml.analysis.day_table import first_days
from crm_ml.analysis.totals import customer_totals, last_window, measure_of, measured, previous, window_pair
from crm_ml.base.exceptions import InputError
from crm_ml.data.windows import Window, as_day

from .conftest import read


def test_money_is_summed_as_exact_integers(two_years):
    totals = customer_totals(two_years, Window("2021-01-01", 365))
    assert totals["revenue"].to_dict() == {
        "grower": 1_500_100,
        "new": 404_000,
        "old": 125_000,
        "same": 50_000,
        "shrinker": 300_200,
    }
    assert totals["revenue"].dtype == "int64"
    assert measured(totals, "revenue")["grower"] == 150.01


def test_a_period_ends_before_its_last_day_and_the_previous_one_adjoins(two_years):
    window = last_window(two_years, period_days=365)
    assert (str(window.cutoff), str(window.end)) == ("2021-01-01", "2022-01-01")
    assert previous(window).end == window.cutoff
    assert customer_totals(two_years, Window("2021-12-30", 1)).empty
    assert list(customer_totals(two_years, Window("2021-12-31", 1)).index) == ["new"]


def test_an_order_counts_once_on_the_day_it_was_placed():
    """Late lines belong to the order of the day before, so the orders of two periods add up."""
    rows = [
        ("a", "2020-12-31", 10.0, "o1"),
        ("a", "2021-01-02", 5.0, "o1"),
        ("a", "2021-03-01", 5.0, "o2"),
        ("a", "2021-03-01", 7.0, "o2"),
        ("b", "2021-03-01", 7.0, "o2"),  # another customer's order with the same number
    ]
    tx = read(rows, order_id=1)
    assert customer_totals(tx, Window("2020-01-01", 366))["orders"].to_dict() == {"a": 1}
    later = Window("2021-01-01", 365)
    assert customer_totals(tx, later)["orders"].to_dict() == {"a": 1, "b": 1}
    assert customer_totals(tx, later)["purchase_days"].to_dict() == {"a": 2, "b": 1}
    assert customer_totals(tx, later).equals(customer_totals(tx, later))


def test_first_days_see_only_what_lies_before_the_cutoff(two_years):
    assert first_days(two_years, "2020-01-06").to_dict() == {
        "grower": as_day("2020-01-05"),
        "old": as_day("2019-03-01"),
    }


def test_margin_is_amount_minus_cost(shop):
    assert measure_of(shop, "margin") == "margin"
    totals = customer_totals(shop, last_window(shop))
    assert (totals["margin"] < totals["revenue"]).any()


def test_a_measure_that_the_log_lacks_is_refused_with_what_to_do(two_years):
    with pytest.raises(InputError, match=r"no margin.*map a column"):
        measure_of(two_years, "margin")
    with pytest.raises(InputError, match="unknown measure"):
        measure_of(two_years, "reveneu")


def test_no_earlier_period_is_said(two_years):
    with pytest.raises(InputError, match="no earlier period"):
        window_pair(two_years, period_days=3000)
