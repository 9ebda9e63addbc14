"""The day table: made once a log, customers as numbers, names given back."""

import numpy as np
import pandas as pd
import pytest

from crm_ml.analysis import day_table
from crm_ml.analysis.day_table import by_customer, collect, customer_days, customers, distinct, first_days
from crm_ml.analysis.retention.bridge import revenue_bridge
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.totals import customer_totals, everybody, last_window
from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.data.engines.duckdb import DuckDBEngine
from crm_ml.data.reading import read_transactions
from crm_ml.data.windows import Window, as_day

from .conftest import read

ROWS = [
    ("b", "2021-01-05", 10.0, "o1"),
    ("a", "2021-01-09", 4.0, "o2"),
    ("a", "2021-02-01", 5.0, "o2"),
    ("c", "2021-02-01", -7.0, "o3"),  # a return of what was sold before the log began
    ("a", "2021-03-01", 1.0, "o4"),
]


@pytest.fixture(params=["in memory", "on the engine"])
def log(request, monkeypatch):
    if request.param == "on the engine":
        monkeypatch.setattr(DuckDBEngine, "room", 0)
    return read(ROWS, order_id=1)


def test_the_number_of_a_customer_is_its_place_among_the_sorted_ids(log):
    days = log.engine.to_arrow(customer_days(log, Window("2021-01-01", 365))).to_pandas()
    assert customers(log).tolist() == ["a", "b", "c"]
    assert sorted(days["customer_id"]) == [0, 0, 0, 1, 2]
    named = collect(log, customer_days(log, Window("2021-01-01", 365)), "customer_id", "day")
    assert named["customer_id"].tolist() == ["a", "a", "a", "b", "c"]


def test_who_never_bought_has_days_and_no_first_day(log):
    frame = customer_days(log, Window("2021-02-01", 20))
    found = by_customer(log, frame)
    assert found["first_day"].isna().to_dict() == {"a": False, "c": True}
    assert found["orders"].to_dict() == {"a": 0, "c": 0}  # the order of a was placed in January
    assert first_days(log, "2022-01-01").to_dict() == {"a": as_day("2021-01-09"), "b": as_day("2021-01-05")}


def test_the_table_is_made_once_whatever_period_is_asked_for(log, monkeypatch):
    made, making = [], day_table._made
    monkeypatch.setattr(day_table, "_made", lambda tx: made.append(1) or making(tx))
    customer_totals(log, Window("2021-01-01", 30))
    revenue_bridge(log, windows=(Window("2021-01-01", 31), Window("2021-02-01", 28)))
    assert len(made) == 1


def test_sorted_lines_and_the_engine_make_the_same_table(monkeypatch):
    generator = np.random.default_rng(0)
    rows = 3_000
    lines = pd.DataFrame(
        {
            "customer_id": generator.integers(0, 200, rows).astype(str),
            "day": pd.Timestamp("2021-01-01") + pd.to_timedelta(generator.integers(0, 90, rows), "D"),
            "amount": generator.integers(-300, 900, rows) / 100,  # many days of returns alone
            "cost": np.where(generator.random(rows) < 0.3, np.nan, generator.integers(0, 300, rows) / 100),
            "quantity": generator.integers(1, 9, rows) / 4,
            # orders of one line and of many, over one day and several, and lines without any
            "order_id": np.where(generator.random(rows) < 0.2, None, generator.integers(0, 900, rows)),
        }
    )
    tables = []
    for room in (2**30, 0):
        monkeypatch.setattr(DuckDBEngine, "room", room)
        names = {name: name for name in lines if name != "day"}
        tx = read_transactions(lines, timestamp="day", **names)
        tables.append(collect(tx, customer_days(tx, Window("2021-01-01", 90)), "customer_id", "day"))
    grouped, ordered = tables[1][list(tables[0])], tables[0]
    assert (ordered["orders"] > 1).any()
    assert (ordered["purchase"] == 0).any()
    pd.testing.assert_frame_equal(ordered, grouped)


def test_what_a_caller_does_to_totals_stays_with_the_caller(log):
    window = last_window(log)
    totals = customer_totals(log, window)
    totals["revenue"] = 0
    assert customer_totals(log, window)["revenue"].to_dict() == {"a": 100_000, "b": 100_000, "c": -70_000}


def test_everybody_stands_in_the_totals_of_a_period_that_some_missed(log):
    totals = everybody(log, Window("2021-03-01", 31))
    assert totals["revenue"].to_dict() == {"a": 10_000, "b": 0, "c": 0}
    assert totals.index is everybody(log, Window("2021-01-01", 31)).index


def test_distinct_rows_are_counted_once(log):
    assert len(log.engine.to_arrow(distinct(log.log, "customer_id"))) == 3


def test_a_table_indexed_by_customer_is_checked_as_any_other():
    ids = pd.Index(["b", "a"], name="customer_id")
    given = pd.DataFrame({"profit": [1, 2]}, ids)
    changed = customer_table(given, "profit", name="t")
    changed["profit"] = 0
    assert customer_table(given, name="t")["profit"].to_dict() == {"a": 2, "b": 1}
    with pytest.raises(InputError, match="more than one row"):
        customer_table(given.set_axis(ids[[0, 0]]), name="t")
    with pytest.raises(InputError, match="without customer_id"):
        customer_table(given.set_axis(pd.Index(["b", None], name="customer_id")), name="t")
    with pytest.raises(ColumnError, match="lacks a column"):
        customer_table(given, "clv", name="t")
