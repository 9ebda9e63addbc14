"""Risk bands: money and chance must both be high, by edges that were stored."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crm_ml.classes.risk_bands import RiskBands

RANDOM = np.random.default_rng(9)
LOSS = pd.Series(RANDOM.gamma(0.5, 100.0, 500).round(2))
RISK = pd.Series(RANDOM.random(500).round(3))


def test_high_takes_money_and_chance():
    bands = RiskBands().fit(LOSS, RISK).transform(LOSS, RISK)
    high = bands == "high"
    assert 0 < high.sum() < 250
    assert LOSS[high].min() > LOSS[bands == "low"].median()
    assert (bands[LOSS == 0] == "low").all()


def test_more_money_or_more_chance_never_lowers_a_band():
    fitted = RiskBands().fit(LOSS, RISK)
    order = {"low": 0, "middle": 1, "high": 2}
    now = fitted.transform(LOSS, RISK).map(order)
    assert (fitted.transform(LOSS * 2, RISK).map(order) >= now).all()
    assert (fitted.transform(LOSS, (RISK + 0.2).clip(upper=1.0)).map(order) >= now).all()


def test_a_band_does_not_depend_on_the_batch_and_survives_json():
    fitted = RiskBands().fit(LOSS, RISK)
    restored = RiskBands.from_dict(json.loads(json.dumps(fitted.to_dict())))
    pd.testing.assert_series_equal(restored.transform(LOSS[:9], RISK[:9]), fitted.transform(LOSS, RISK)[:9])


def test_without_any_loss_the_likeliest_fifth_is_high():
    nothing, unlikely = pd.Series(0.0, index=LOSS.index), RISK * 0.4
    bands = RiskBands().fit(nothing, unlikely).transform(nothing, unlikely)
    assert (bands == "high").mean() == pytest.approx(0.2, abs=0.01)
    assert unlikely[bands == "high"].min() > unlikely[bands == "low"].max()


def test_who_is_as_likely_to_leave_as_to_stay_is_never_low_for_want_of_chance():
    # Where nearly everybody leaves, a quantile alone would call a chance of a half low.
    leaving = 0.9 + RISK / 10
    fitted = RiskBands().fit(LOSS, leaving)
    even = pd.Series(0.5, index=LOSS.index)
    assert fitted.threatens(even).all()
    assert fitted.transform(pd.Series([LOSS.max()]), pd.Series([0.5])).tolist() == ["high"]


def test_missing_probabilities_are_low():
    unknown = pd.Series(np.nan, index=LOSS.index)
    assert (RiskBands().fit(LOSS, unknown).transform(LOSS, unknown) == "low").all()
