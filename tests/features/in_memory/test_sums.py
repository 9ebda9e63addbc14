"""Sums of whole numbers are exact, however large."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_ml.features.in_memory.sums import magnitude, running_totals, sums_of_runs

RUNS = st.lists(st.lists(st.integers(-9, 9), min_size=1, max_size=5), max_size=8)


@pytest.mark.parametrize("scale", [1, 2**59])
@given(runs=RUNS)
def test_a_sum_of_a_run_is_exact(scale, runs):
    values = np.array([one * scale for run in runs for one in run], dtype=np.int64)
    starts = np.cumsum([0, *map(len, runs)])[:-1]
    assert sums_of_runs(values, starts).tolist() == [sum(run) * scale for run in runs]


@pytest.mark.parametrize("scale", [1, 2**59])
@given(runs=RUNS)
def test_a_difference_of_running_totals_is_exact(scale, runs):
    values = np.array([one * scale for run in runs for one in run], dtype=np.int64)
    ends = np.cumsum([0, *map(len, runs)])
    totals = running_totals(values, 5)
    differences = (totals[ends[1:]] - totals[ends[:-1]]).tolist()
    assert differences == [sum(run) * scale for run in runs]


def test_small_numbers_are_added_up_wide():
    marks = np.ones(300, dtype=np.int8)
    assert sums_of_runs(marks, np.array([0])).tolist() == [300]
    assert running_totals(marks > 0, 300)[-1] == 300


def test_what_is_ordinary_stays_at_64_bits():
    assert running_totals(np.array([2**40, -(2**50)]), 1_000).dtype == np.int64


def test_the_most_negative_number_counts():
    assert magnitude(np.array([3, -(2**63)])) == 2**63
