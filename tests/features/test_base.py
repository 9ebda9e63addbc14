"""A grain hands out each aggregate once; a declaration knows its own columns; closed forms are right."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_ml.base.exceptions import InputError
from crm_ml.features import formulas, rfm
from crm_ml.features.aggregates import EngineGrain
from crm_ml.features.base import declaration, feature
from crm_ml.features.example import value_of
from crm_ml.features.periods import quarters


def test_equal_requests_are_computed_once():
    day = EngineGrain("day")
    day.sum("spend", last=90)
    day.sum("spend", last=90)
    day.sum("spend", last=30)
    day.sum("spend")
    assert len(day.asked) == 3


def test_different_expressions_never_share_a_name():
    day = EngineGrain("day")
    day.sum(day["gap"] * day["gap"])
    day.sum(day["spend"] * day["gap"])
    day.max(day["gap"] + 1)
    assert len(day.asked) == 3
    assert day.columns == {"gap", "spend"}


def test_quarters_share_their_sums():
    day = EngineGrain("day")
    quarters(day, "spend", 5)
    quarters(day, "spend", 2)
    assert len(day.asked) == 5


def test_a_declaration_finds_the_columns_by_running_the_formula():
    @feature("rfm", unit="currency", meaning="money of a purchase day")
    def made_up(day: EngineGrain) -> nw.Expr:
        return day.sum("spend") / day.sum("bought")

    spec = declaration(made_up)
    assert spec is not None
    assert spec.name == "made_up"
    assert spec.columns == {"spend", "bought"}
    assert spec.money


@pytest.mark.parametrize("other", [len, "text", EngineGrain, None])
def test_what_is_not_declared_is_no_feature(other):
    assert declaration(other) is None


def test_trying_something_else_than_a_feature_is_refused():
    with pytest.raises(InputError, match="not a feature"):
        value_of(len, day=[1], cutoff=2)


def test_a_customer_who_is_not_known_has_no_value():
    assert value_of(rfm.recency_days, day=[10], cutoff=10) is None


def evaluated(expression, **columns):
    frame = nw.from_native(pl.DataFrame({name: [float(value)] for name, value in columns.items()}))
    return frame.select(value=expression).to_native()["value"].to_list()[0]


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=50))
def test_deviation_is_the_sample_standard_deviation(values):
    columns = {"n": len(values), "s": sum(values), "q": sum(value * value for value in values)}
    ours = evaluated(formulas.deviation(nw.col("n"), nw.col("s"), nw.col("q")), **columns)
    assert ours == pytest.approx(np.std(values, ddof=1), rel=1e-9, abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 100_000)), min_size=2, max_size=40))
def test_slope_is_that_of_least_squares(points):
    x, y = np.array(points, dtype=float).T
    sums = {"n": len(x), "x": x.sum(), "y": y.sum(), "xx": (x * x).sum(), "xy": (x * y).sum()}
    ours = evaluated(formulas.slope(*(nw.col(name) for name in sums)), **sums)
    if len(set(x)) == 1:
        assert ours is None
    else:
        assert ours == pytest.approx(np.polyfit(x, y, 1)[0], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("now", "before", "expected"), [(0, 5, -1), (5, 5, 0), (5, 0, 1), (0, 0, None)])
def test_change_is_bounded_and_defined_for_one_zero(now, before, expected):
    assert evaluated(formulas.change(nw.col("now"), nw.col("before")), now=now, before=before) == expected
