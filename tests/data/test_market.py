"""The market index: follows the base, blind to the horizon, and hard to move by a few."""

from __future__ import annotations

import pandas as pd
import pytest

from crm_ml.base.exceptions import ForbiddenAttributeError
from crm_ml.data.market import measure_market, with_market
from crm_ml.data.normal import NormalSettings, customer_days
from crm_ml.data.reading import read_transactions

from .logs import log_of, steady_base, with_sector


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
    assert measure_market(log_of(past, **span), 700, 90) == measure_market(
        log_of(past + boom, **span), 700, 90
    )


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
    assert measure_market(tx, 601, 90, NormalSettings(use_market_index=False)).value == 1


def test_engines_agree():
    rows = steady_base(50)
    duck, polars = (log_of(rows, engine=name) for name in ("duckdb", "polars"))
    assert measure_market(duck, 700, 90) == measure_market(polars, 700, 90)


def two_sectors(*, small=False):
    """A sector whose market halves from day 610 on, and one that goes on; of the first a few or many."""
    rows = steady_base(400)
    falls = {f"c{number:04d}" for number in range(0, 400, 20 if small else 2)}
    kept = [row for row in rows if row[0] not in falls or row[1] < 610 or row[1] % 2]
    return kept, {customer: "falls" if customer in falls else "steady" for customer, _, _ in kept}


def markets_of(tx, customers):
    days = customer_days(tx).select("customer_id").unique()
    table = tx.engine.to_arrow(with_market(days, tx, 700, measure_market(tx, 700, 90))).to_pandas()
    return table.set_index("customer_id")["market"].reindex(customers)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_sector_is_compared_with_its_own_market(engine):
    """Nobody dries up because another sector boomed, and a halved market is not blamed on its customers."""
    rows, sectors = two_sectors()
    tx = with_sector(log_of(rows, engine=engine), sectors)
    index = measure_market(tx, 700, 90)
    assert index.sectors["falls"] < 0.65
    assert index.sectors["steady"] == pytest.approx(1.0, abs=0.08)
    assert index.sectors["falls"] < index.value < index.sectors["steady"]
    found = markets_of(tx, ["c0000", "c0001"])
    assert found.tolist() == [index.sectors["falls"], index.sectors["steady"]]


def test_a_sector_with_few_customers_follows_the_base():
    rows, sectors = two_sectors(small=True)
    tx = with_sector(log_of(rows), sectors)
    index = measure_market(tx, 700, 90)
    assert set(index.sectors) == {"steady"}
    assert markets_of(tx, ["c0000"]).tolist() == [index.value]


def test_a_customer_without_a_sector_follows_the_base():
    rows, sectors = two_sectors()
    tx = with_sector(log_of(rows), {**sectors, "c0001": None})
    assert markets_of(tx, ["c0001"]).tolist() == [measure_market(tx, 700, 90).value]


def test_the_sector_is_the_last_one_told_before_the_cutoff():
    """What a customer turns out to be later is not known yet."""
    rows, sectors = two_sectors()
    tx = with_sector(log_of(rows), sectors, later={"c0000": (620, "steady"), "c0001": (700, "falls")})
    index = measure_market(tx, 700, 90)
    assert markets_of(tx, ["c0000", "c0001"]).tolist() == [index.sectors["steady"]] * 2


def test_without_a_sector_column_there_is_one_market():
    assert measure_market(log_of(two_sectors()[0]), 700, 90).sectors == {}


def test_a_sector_is_read_with_the_transactions():
    rows = pd.DataFrame({"client": ["a", "b"], "day": ["2024-01-31"] * 2, "branch": ["retail", ""]})
    tx = read_transactions(rows, customer_id="client", timestamp="day", sector="branch")
    assert tx.has("sector")
    found = tx.engine.to_arrow(tx.log).to_pandas().set_index("customer_id")["sector"]
    assert found["a"] == "retail"
    assert pd.isna(found["b"])


def test_a_forbidden_attribute_is_no_sector():
    """What is expected of somebody must not hang on it either."""
    rows = pd.DataFrame({"client": ["a"], "day": ["2024-01-31"], "gender": ["f"]})
    with pytest.raises(ForbiddenAttributeError, match="gender"):
        read_transactions(rows, customer_id="client", timestamp="day", sector="gender")
