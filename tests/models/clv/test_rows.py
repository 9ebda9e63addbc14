"""Summaries as they arrive: other names, other types, rounding, groups, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.rows import distinct, read_rows

GOOD = pd.DataFrame({"frequency": [0, 1, 3], "t_x": [0.0, 2.5, 9.0], "T": [9.0, 9.0, 9.0]})


def test_other_names_and_types_are_read():
    other = GOOD.rename(columns={"t_x": "recency"}).astype({"frequency": "Int64", "T": "int32"})
    rows = read_rows(other)
    assert rows.x.tolist() == [0.0, 1.0, 3.0]
    assert rows.t_x.tolist() == [0.0, 2.5, 9.0]


def test_a_last_digit_above_the_age_is_rounding():
    rows = read_rows(GOOD.assign(t_x=[0.0, 2.5, 9.0 + 1e-12]))
    assert rows.t_x[2] == 9.0


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("frequency", -1, "negative or not whole"),
        ("frequency", 1.5, "negative or not whole"),
        ("frequency", "many", "missing"),
        ("T", np.nan, "missing"),
        ("T", -2.0, "T is negative"),
        ("t_x", 99.0, "above T"),
        ("t_x", np.inf, "infinite"),
    ],
)
def test_impossible_values_are_named_with_their_row(column, value, what):
    wrong = GOOD.astype(object)
    wrong.loc[1, column] = value
    with pytest.raises(InputError, match=what) as caught:
        read_rows(wrong)
    assert "first at 1" in str(caught.value)


def test_all_problems_come_at_once():
    with pytest.raises(InputError, match="3 problems"):
        read_rows(pd.DataFrame({"frequency": [0, -1, 1], "t_x": [3.0, 0.0, np.nan], "T": [9.0] * 3}))


def test_a_missing_column_is_named_with_a_near_one():
    with pytest.raises(ColumnError, match="'frequency'"):
        read_rows(GOOD.rename(columns={"frequency": "frequencies"}))
    with pytest.raises(InputError, match="DataFrame"):
        read_rows([1, 2])


def test_groups_hold_all_customers_and_lead_back_to_them():
    many = pd.concat([GOOD] * 5, ignore_index=True).sample(frac=1, random_state=0)
    rows = read_rows(many)
    groups, inverse = rows.grouped()
    assert groups.count.tolist() == [5.0, 5.0, 5.0]
    np.testing.assert_array_equal(groups.x[inverse], rows.x)
    np.testing.assert_array_equal(groups.t_x[inverse], rows.t_x)


def test_distinct_is_sorted_whatever_the_order():
    rng = np.random.default_rng(0)
    columns = rng.integers(0, 4, (2, 200)).astype(float)
    first, inverse = distinct(*columns)
    np.testing.assert_array_equal(columns[:, first][:, inverse], columns)
    pairs = [tuple(pair) for pair in columns[:, first].T]
    assert pairs == sorted(set(pairs))


def test_a_sample_stands_for_the_weight_of_all():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, 5000).astype(float)
    rows = read_rows(pd.DataFrame({"frequency": x, "t_x": np.where(x > 0, rng.random(5000), 0), "T": 1.0}))
    sample = rows.thinned(500)
    assert 900 < len(sample.x) < 1300
    assert sample.count.sum() == pytest.approx(5000, rel=0.01)
    assert sum(len(part.x) for part in rows.parts(700)) == 5000


def test_starting_on_a_sample_changes_nothing_but_the_time(monkeypatch):
    from crm_ml.models.clv.simulation import simulate

    truth = BGNBD()
    truth.params_ = pd.Series({"r": 0.6, "alpha": 8.0, "a": 0.9, "b": 2.5})
    table = simulate(truth, np.random.default_rng(0).uniform(20, 60, 9000), seed=1)
    quick = BGNBD().fit(table)
    monkeypatch.setattr(BGNBD, "sample_size", 10**9)
    np.testing.assert_allclose(quick.theta, BGNBD().fit(table).theta, rtol=1e-9)
