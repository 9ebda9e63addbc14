"""Aggregates of sorted rows are those of any group-by."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_ml.features.in_memory.rows import Rows, RowsGrain
from crm_ml.features.in_memory.values import Values

KINDS = ["sum", "count", "min", "max", "median"]
CUSTOMERS = 4
ROWS = st.lists(
    st.tuples(st.integers(0, CUSTOMERS - 1), st.integers(1, 60), st.none() | st.integers(-9, 9)), max_size=30
)


def table(rows, scale=1) -> tuple[Rows, pd.DataFrame]:
    rows = sorted(rows, key=lambda row: (row[0], -row[1]))
    frame = pd.DataFrame(rows, columns=["customer", "age", "value"])
    frame["value"] = frame["value"].astype("Int64") * scale
    data = frame["value"].fillna(0).to_numpy(dtype="int64")
    columns = {
        "age": Values(frame["age"].to_numpy(dtype="int64")),
        "value": Values(data, frame["value"].isna().to_numpy(dtype=bool)),
    }
    return Rows(CUSTOMERS, frame["customer"].to_numpy(dtype="int64"), columns), frame


def expected(frame, kind, last=None):
    known = frame if last is None else frame[frame["age"] <= last]
    grouped = known.astype({"value": "Float64"}).groupby("customer")["value"]
    made = getattr(grouped, kind)().reindex(range(CUSTOMERS))
    made = made.fillna(0) if kind in ("sum", "count") else made
    return [None if pd.isna(one) else float(one) for one in made]


@pytest.mark.parametrize("kind", KINDS)
@given(rows=ROWS)
def test_aggregates_are_those_of_a_group_by(kind, rows):
    ours, frame = table(rows)
    grain = RowsGrain("day", ours)
    assert getattr(grain, kind)("value").to_list() == expected(frame, kind)
    assert getattr(grain, kind)(grain["value"]).to_list() == expected(frame, kind)


@given(rows=ROWS, last=st.integers(1, 60))
def test_recent_sums_are_those_of_recent_rows(rows, last):
    ours, frame = table(rows)
    grain = RowsGrain("day", ours)
    assert grain.sum("value", last=last).to_list() == expected(frame, "sum", last)
    assert grain.sum(grain["value"] * 1, last=last).to_list() == expected(frame, "sum", last)


@given(rows=ROWS, last=st.integers(1, 60))
def test_sums_that_64_bits_cannot_hold_are_exact_too(rows, last):
    ours, frame = table(rows, scale=2**59)
    grain = RowsGrain("day", ours)
    assert grain.sum("value").to_list() == expected(frame, "sum")
    assert grain.sum("value", last=last).to_list() == expected(frame, "sum", last)


def test_a_median_of_large_values_is_rounded_once():
    column = {"value": Values(np.array([1, 18 * 10**15]))}
    median = RowsGrain("day", Rows(1, np.zeros(2, dtype=np.int64), column)).median("value")
    assert median.to_list() == [9e15]


@given(rows=ROWS, chosen=st.lists(st.booleans(), min_size=CUSTOMERS, max_size=CUSTOMERS))
def test_some_customers_have_the_aggregates_they_have_among_all(rows, chosen):
    ours, frame = table(rows)
    kept = ours.among(np.array(chosen))
    sums = expected(frame, "sum")
    assert RowsGrain("day", kept).sum("value").to_list() == [
        one for one, keep in zip(sums, chosen, strict=True) if keep
    ]


@given(rows=ROWS, first=st.integers(0, 3))
def test_a_range_of_customers_is_numbered_from_0(rows, first):
    ours, frame = table(rows)
    part = ours.between(first, CUSTOMERS)
    assert RowsGrain("day", part).count("value").to_list() == expected(frame, "count")[first:]
