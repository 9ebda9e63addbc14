"""Risk bands: money and chance must both be high, by edges that were stored."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

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


def test_without_any_loss_chance_decides_alone():
    nothing = pd.Series(0.0, index=LOSS.index)
    bands = RiskBands().fit(nothing, RISK).transform(nothing, RISK)
    assert (bands == "high").mean() == 0.2 or abs((bands == "high").mean() - 0.2) < 0.01
    assert RISK[bands == "high"].min() > RISK[bands == "low"].max()


def test_missing_probabilities_are_low():
    unknown = pd.Series(np.nan, index=LOSS.index)
    assert (RiskBands().fit(LOSS, unknown).transform(LOSS, unknown) == "low").all()
