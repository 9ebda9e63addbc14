"""Numbers with holes behave as the columns of an engine do."""

from __future__ import annotations

import operator

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_ml.features.aggregates import when
from crm_ml.features.in_memory.values import Values

NUMBERS = st.lists(st.tuples(*[st.none() | st.integers(-5, 5)] * 2), min_size=1, max_size=20)
OPERATORS = [operator.add, operator.sub, operator.mul, operator.lt, operator.le, operator.gt, operator.ge]


def values(numbers) -> Values:
    data = np.array([0 if one is None else one for one in numbers])
    return Values(data, np.array([one is None for one in numbers]))


def both(pairs, formula):
    """Return what a formula gives here, and on Polars."""
    left, right = zip(*pairs, strict=True)
    frame = nw.from_native(pl.DataFrame({"a": left, "b": right}, schema={"a": pl.Int64, "b": pl.Int64}))
    theirs = frame.select(found=formula(nw.col("a"), nw.col("b")))["found"].to_list()
    with np.errstate(divide="ignore", invalid="ignore"):
        return formula(values(left), values(right)).to_list(), theirs


@pytest.mark.parametrize("operation", OPERATORS)
@given(pairs=NUMBERS)
def test_operators_are_those_of_an_engine(operation, pairs):
    ours, theirs = both(pairs, operation)
    assert ours == theirs


@given(pairs=NUMBERS)
def test_one_side_alone_decides_or_and_and(pairs):
    for logic in (operator.or_, operator.and_):
        ours, theirs = both(pairs, lambda a, b, logic=logic: logic(a > 0, b > 0))
        assert ours == theirs


@given(pairs=NUMBERS)
def test_what_is_chosen_is_what_an_engine_chooses(pairs):
    for formula in (
        lambda a, b: when(a > 0, b),
        lambda a, b: when(a > 0, b, 7),
        lambda a, b: when(~(a > b), a, b),
        lambda a, b: when(a.is_null(), 1),
        lambda a, b: when(b != 0, a / b),
        lambda a, b: (a.fill_null(3) + b).cast(nw.Float64),
        lambda a, b: (a * 0.5).floor().cast(nw.Int64),
    ):
        ours, theirs = both(pairs, formula)
        assert ours == theirs


def test_numbers_on_the_left_work_too():
    assert (1 - values([1, None])).to_list() == [0, None]
    assert (2 / values([4, None])).to_list() == [0.5, None]


def test_a_mask_without_nulls_is_none():
    assert values([1, 2]).null is None


def test_a_product_beyond_64_bits_is_exact():
    large = Values(np.array([2**40, -3]))
    assert (large * large).to_list() == [2**80, 9]
    assert (large * 2**30).to_list() == [2**70, -3 * 2**30]
    assert (large * 2).data.dtype == np.int64
