"""Pyramid, ABC, tiers: sizes by rank, borders by amount, ties by customer id."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.classes.abc import Abc
from crm_ml.classes.pyramid import PYRAMID, Pyramid
from crm_ml.classes.tiers import ValueTiers

RANDOM = np.random.default_rng(5)
AMOUNTS = pd.Series(RANDOM.gamma(0.5, 100.0, 1000).round(2) + 0.01, index=[f"c{n:04d}" for n in range(1000)])


def test_the_pyramid_is_1_4_15_80():
    assert Pyramid().rank(AMOUNTS).value_counts()[list(PYRAMID[:4])].tolist() == [10, 40, 150, 800]


@pytest.mark.parametrize(("n", "top"), [(1, 1), (7, 1), (99, 1), (100, 1), (101, 2), (250, 3)])
def test_a_small_base_has_at_least_one_top_customer(n, top):
    amounts = pd.Series(np.arange(1.0, n + 1))
    assert (Pyramid().rank(amounts) == "top").sum() == top


def test_who_bought_nothing_is_inactive_and_takes_no_place():
    with_inactive = pd.concat([AMOUNTS, pd.Series(0.0, index=[f"x{n}" for n in range(500)])])
    ranked = Pyramid().rank(with_inactive)
    assert (ranked[AMOUNTS.index] == Pyramid().rank(AMOUNTS)).all()
    assert (ranked.iloc[1000:] == "inactive").all()


def test_equal_amounts_are_ordered_by_customer_id():
    equal = pd.Series(5.0, index=[f"c{n:03d}" for n in range(200)])
    ranked = Pyramid().rank(equal)
    assert list(ranked[ranked == "top"].index) == ["c000", "c001"]
    shuffled = equal.sample(frac=1.0, random_state=1)
    pd.testing.assert_series_equal(Pyramid().rank(shuffled).sort_index(), ranked)


def test_abc_is_the_smallest_set_that_makes_80_and_95_percent():
    ranked = Abc().rank(AMOUNTS)
    total = AMOUNTS.sum()
    a, b = AMOUNTS[ranked == "A"], AMOUNTS[ranked == "B"]
    assert a.sum() >= 0.8 * total > a.sum() - a.min()
    assert a.sum() + b.sum() >= 0.95 * total > a.sum() + b.sum() - b.min()
    assert a.min() >= b.max()


def test_abc_of_negative_amounts_is_c_and_leaves_the_rest_alone():
    with_returns = pd.concat([AMOUNTS, pd.Series([-5000.0], index=["back"])])
    ranked = Abc().rank(with_returns)
    assert ranked["back"] == "C"
    assert (ranked[AMOUNTS.index] == Abc().rank(AMOUNTS)).all()
    assert (Abc().rank(pd.Series([0.0, -1.0])) == "C").all()


def test_tiers_cut_the_spenders():
    tiers = ValueTiers((0.5, 0.8)).fit(AMOUNTS)
    assert tiers.transform(AMOUNTS).value_counts()[["high", "middle", "low"]].tolist() == [200, 300, 500]
    assert tiers.transform(pd.Series([0.0, -1.0, np.nan])).tolist() == ["inactive"] * 3


@pytest.mark.parametrize("classes", [Pyramid(), Abc(), ValueTiers()], ids=lambda one: type(one).__name__)
def test_stored_borders_repeat_the_fit_and_survive_json(classes):
    fitted = classes.fit(AMOUNTS)
    restored = type(classes).from_dict(json.loads(json.dumps(fitted.to_dict())))
    pd.testing.assert_series_equal(restored.transform(AMOUNTS), fitted.transform(AMOUNTS))
    alone = [fitted.transform(AMOUNTS.iloc[[n]]).iloc[0] for n in range(20)]
    assert fitted.transform(AMOUNTS.iloc[:20]).tolist() == alone


@pytest.mark.parametrize("classes", [Pyramid(), Abc()], ids=lambda one: type(one).__name__)
def test_borders_give_the_ranks_where_no_amounts_are_equal(classes):
    distinct = AMOUNTS.drop_duplicates()
    pd.testing.assert_series_equal(classes.fit(distinct).transform(distinct), classes.rank(distinct))


@pytest.mark.parametrize("classes", [Pyramid(), Abc(), ValueTiers()], ids=lambda one: type(one).__name__)
def test_an_empty_base_fits_and_survives_json(classes):
    nobody = pd.Series([0.0, 0.0])
    restored = type(classes).from_dict(json.loads(json.dumps(classes.fit(nobody).to_dict())))
    assert set(restored.transform(nobody)) <= {"inactive", "C"}


@pytest.mark.parametrize(
    "make", [lambda: Pyramid((0.5, 0.1, 0.2)), lambda: Abc((0.9, 0.8)), lambda: ValueTiers((0.8, 0.5))]
)
def test_borders_that_do_not_rise_are_refused(make):
    with pytest.raises(InputError, match="must rise"):
        make()
