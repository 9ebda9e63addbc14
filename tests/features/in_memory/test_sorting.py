"""Packed or not, the order is the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_ml.features.in_memory import sorting

INTS = st.integers(-(2**40), 2**40)


@given(st.lists(st.tuples(INTS, st.integers(0, 3)), max_size=40))
def test_rows_are_ordered_by_one_key_after_the_other(rows):
    first, second = (np.array([row[place] for row in rows], dtype=np.int64) for place in (0, 1))
    expected = sorted(range(len(rows)), key=lambda row: rows[row])
    assert sorting.order_by(first, second).tolist() == expected


def test_keys_that_cannot_be_packed_are_ordered_too():
    keys = np.array([2**62, -(2**62), 0]), np.array([1, 1, 2**60])
    assert sorting.order_by(*keys).tolist() == [1, 2, 0]


@pytest.mark.parametrize("scale", [1, 2**58, 0.5])
@given(rows=st.lists(st.tuples(st.integers(0, 3), st.integers(-9, 9)), max_size=30))
def test_values_are_sorted_within_their_groups(scale, rows):
    rows = sorted(rows, key=lambda row: row[0])
    group = np.array([row[0] for row in rows], dtype=np.int64)
    values = np.array([row[1] * scale for row in rows])
    values = values if scale == 0.5 else values.astype(np.int64)
    expected = [value for _, value in sorted(zip(group, values, strict=True))]
    assert sorting.sorted_within(values, group).tolist() == expected


def test_places_are_packed_over_several_blocks(monkeypatch):
    monkeypatch.setattr(sorting, "_AT_ONCE", 3)
    keys = np.array([5, 1, 5, 0, 2, 2, 9, 1])
    bits = sorting.bits_of(len(keys))
    packed = sorting.packed_order(keys)
    assert (packed & ((1 << bits) - 1)).tolist() == np.argsort(keys, kind="stable").tolist()
    assert (packed >> bits).tolist() == sorted(keys)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=20))
def test_a_run_begins_where_any_key_changes(rows):
    keys = [np.array([row[place] for row in rows], dtype=np.int64) for place in (0, 1)]
    expected = [place for place, row in enumerate(rows) if place == 0 or rows[place - 1] != row]
    assert sorting.first_places(*keys).tolist() == expected
