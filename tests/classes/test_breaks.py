"""Quantile borders: equal values share a class, and a class depends on the customer alone."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_ml.base.exceptions import InputError
from crm_ml.classes.abc import Abc
from crm_ml.classes.breaks import QuantileBreaks
from crm_ml.classes.pyramid import Pyramid
from crm_ml.classes.rfm_scores import RfmScores
from crm_ml.classes.risk_bands import RiskBands
from crm_ml.classes.tiers import ValueTiers

NUMBERS = st.lists(st.integers(-50, 50), min_size=1, max_size=80)


def test_fifths_of_distinct_values_are_equal_in_size():
    classes = QuantileBreaks(5).fit(range(100)).transform(range(100))
    assert np.bincount(classes)[1:].tolist() == [20] * 5


@given(NUMBERS)
def test_equal_values_share_a_class_and_larger_ones_never_fall(values):
    ordered = np.sort(values)
    classes = QuantileBreaks(5).fit(values).transform(ordered)
    assert (np.diff(classes) >= 0).all()
    assert all(len(set(classes[ordered == one])) == 1 for one in set(values))
    assert classes.min() >= 1
    assert classes.max() <= 5


@given(NUMBERS, st.randoms())
def test_the_order_of_the_base_never_matters(values, random):
    shuffled = random.sample(values, len(values))
    assert QuantileBreaks(5).fit(values).edges_.tolist() == QuantileBreaks(5).fit(shuffled).edges_.tolist()


def test_a_class_does_not_depend_on_the_batch():
    breaks = QuantileBreaks(4).fit(range(50))
    alone = [breaks.transform([value])[0] for value in (0, 17, 49, 500)]
    assert breaks.transform([0, 17, 49, 500]).tolist() == alone


def test_missing_values_have_no_class_and_do_not_move_borders():
    breaks = QuantileBreaks(2).fit([1.0, 2.0, np.nan, np.inf])
    assert breaks.edges_.tolist() == [1.0]
    assert breaks.transform([np.nan, 1.0, 2.0]).tolist() == [0, 1, 2]


def test_borders_survive_json():
    breaks = QuantileBreaks(5).fit([1.5, 2.5, 9.0])
    restored = QuantileBreaks.from_dict(json.loads(json.dumps(breaks.to_dict())))
    assert restored.transform([0, 2, 10]).tolist() == breaks.transform([0, 2, 10]).tolist()


def test_nothing_to_fit_on_is_refused():
    with pytest.raises(InputError, match="no values"):
        QuantileBreaks().fit([np.nan])


@pytest.mark.parametrize("classes", [Pyramid(), Abc(), ValueTiers(), RfmScores(), RiskBands()])
def test_the_last_bit_of_a_number_never_changes_a_class(classes):
    """Borders are values of customers, and engines agree on those to 1e-9, not to the last bit."""
    amounts = np.random.default_rng(0).lognormal(3, 1, 500).round(2)
    made = {}
    for name, factor in {"same": 1.0, "higher": 1 + 2e-16, "lower": 1 - 2e-16}.items():
        money = pd.Series(amounts * factor)
        if isinstance(classes, RfmScores):
            rows = pd.DataFrame({"recency_days": 5, "purchase_days": 2, "revenue": money})
            made[name] = (classes.fit(rows) if name == "same" else classes).transform(rows)["m"]
        elif isinstance(classes, RiskBands):
            risk = (money / 100).clip(upper=1.0)
            made[name] = (classes.fit(money, risk) if name == "same" else classes).transform(money, risk)
        else:
            made[name] = (classes.fit(money) if name == "same" else classes).transform(money)
    assert made["higher"].tolist() == made["lower"].tolist() == made["same"].tolist()
    assert made["same"].nunique() >= 3
