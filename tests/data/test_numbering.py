"""Customers are numbered in the order of their ids, whoever looked at the ids first."""

from __future__ import annotations

import pandas as pd
import pytest

from crm_ml.data.numbering import numbering
from crm_ml.data.reading import read_transactions

LOG = {"client": ["zoe", "adam", "zoe", "Éva", "eve"], "day": [f"2024-03-0{day}" for day in range(1, 6)]}


def read(log=LOG, **options):
    return read_transactions(pd.DataFrame(log), customer_id="client", timestamp="day", **options)


def numbered(tx):
    """Return each id with the days that stand under its number."""
    numbers = numbering(tx)
    rows = tx.engine.to_arrow(numbers.log).to_pandas()
    ids = numbers.ids.to_pylist()
    return {ids[number]: sorted(part["day"]) for number, part in rows.groupby("customer_id")}, ids


@pytest.fixture
def expected():
    tx = read()
    rows = tx.engine.to_arrow(tx.log).to_pandas()
    return {name: sorted(part["day"]) for name, part in rows.groupby("customer_id")}


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_numbers_follow_the_bytes_of_ids(expected, engine):
    days, ids = numbered(read(engine=engine))
    assert ids == ["adam", "eve", "zoe", "Éva"]
    assert days == expected


def test_a_kept_log_is_numbered_too(expected):
    assert numbered(read().kept())[0] == expected


@pytest.mark.parametrize(
    ("log", "options", "ids"),
    [
        (LOG, {"id_map": {"zoe": "eve"}}, ["adam", "eve", "Éva"]),
        (LOG | {"client": [" zoe", "adam", "zoe", None, "eve"]}, {}, ["adam", "eve", "zoe"]),
        (LOG | {"client": [7, 30, 7, 4, 4]}, {}, ["30", "4", "7"]),
        (LOG | {"day": ["2024-03-01", "never", *LOG["day"][2:]]}, {}, ["eve", "zoe", "Éva"]),
    ],
    ids=["merged", "trimmed and missing", "numbers", "refused"],
)  # fmt: skip
def test_only_customers_of_the_log_are_numbered(log, options, ids):
    tx = read(log, **options)
    assert numbered(tx)[1] == ids
    assert tx.counts["customers"] == len(ids)
    assert numbered(tx.kept())[1] == ids


def test_a_file_that_has_grown_since_is_numbered_as_it_was_read(tmp_path, expected):
    """A later day would be taken for an early one of the next customer. (Polars refuses such a file.)"""
    path = tmp_path / "log.parquet"
    lines = pd.DataFrame(LOG).assign(day=pd.to_datetime(LOG["day"]))
    lines.to_parquet(path)
    tx = read_transactions(path, customer_id="client", timestamp="day")
    later = pd.DataFrame({"client": ["adam", "bob"], "day": pd.to_datetime(["2024-09-01", "2024-03-02"])})
    pd.concat([lines, later]).to_parquet(path)
    assert numbered(tx)[0] == expected
