"""The market index: follows the base, blind to the horizon, and hard to move by a few."""

from __future__ import annotations

import pytest

from crm_ml.data.market import market_index, measure_market
from crm_ml.data.normal import NormalSettings

from .logs import log_of, steady_base


def test_the_index_of_customers_who_do_not_change_is_about_1():
    tx = log_of(steady_base(600))
    found = measure_market(tx, 700, 90)
    assert found.customers > 500
    assert found.value == pytest.approx(1.0, abs=0.08)


def test_the_index_follows_a_market_that_halves():
    rows = [row for row in steady_base(600) if row[1] < 610 or row[1] % 2]
    found = measure_market(log_of(rows), 700, 90)
    assert found.raw == pytest.approx(0.55, abs=0.1)
    assert abs(found.value - found.raw) < 0.02  # many customers: hardly drawn towards 1


def test_the_index_is_blind_to_the_scored_horizon():
    rows = steady_base(200)
    past = [row for row in rows if row[1] < 700]
    boom = [(customer, day, 100 * amount) for customer, day, amount in rows if day >= 700]
    span = {"first": 0, "last": 999}
    assert market_index(log_of(past, **span), 700, 90) == market_index(log_of(past + boom, **span), 700, 90)


def test_two_years_of_history_give_the_same_season_a_year_earlier():
    season = [row for row in steady_base(400, 1200) if row[1] % 365 >= 90 or row[1] % 3 == 0]
    tx = log_of(season, first=0, last=1199)
    found = measure_market(tx, 2 * 365, 90)
    assert "season" in found.reason
    assert found.period is not None
    assert (found.period[1] - found.period[0]).days == 90
    assert found.raw < 0.6  # the quiet season to come is expected, not blamed on the customers


def test_a_handful_of_customers_or_one_giant_moves_the_index_little():
    few = [row for row in steady_base(3) if row[1] < 610 or row[1] % 3 == 0]
    found = measure_market(log_of(few, first=0, last=999), 700, 90)
    assert abs(found.value - 1) < abs(found.raw - 1)
    giant = [("giant", day, 1e5) for day in range(0, 610, 10)] + steady_base(100)
    found = measure_market(log_of(giant, first=0, last=999), 700, 90)
    assert found.raw < 0.2
    assert found.value > 0.8


def test_too_short_a_history_leaves_the_index_at_1_and_says_so():
    tx = log_of(steady_base(100, 300), first=0, last=299)
    found = measure_market(tx, 190, 90)
    assert found.value == 1
    assert "too short" in found.reason


def test_the_index_can_be_switched_off():
    tx = log_of([row for row in steady_base(100) if row[1] < 610])
    assert market_index(tx, 601, 90, NormalSettings(use_market_index=False)) == 1


def test_engines_agree():
    rows = steady_base(50)
    duck, polars = (log_of(rows, engine=name) for name in ("duckdb", "polars"))
    assert market_index(duck, 700, 90) == market_index(polars, 700, 90)
