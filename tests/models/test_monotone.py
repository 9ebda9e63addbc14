"""Silence and purchases push a risk one way only, where sense and data agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.models.boosting import LightGBMClassifier, LightGBMRegressor


def test_by_default_longer_silence_never_lowers_the_risk(shop):
    model = LightGBMClassifier(max_rounds=60).fit(shop.X, shop.stopped)
    assert model.parts_.settings["monotone"]["recency_days"] == 1
    some = shop.X.iloc[:40]
    grid = [model.predict_proba(some.assign(recency_days=day))[:, 1] for day in np.linspace(0, 400, 41)]
    assert (np.diff(grid, axis=0) >= -1e-12).all()


def test_the_chance_to_buy_and_the_amount_turn_the_other_way(shop):
    bought = ~shop.stopped.astype(bool)
    chance = LightGBMClassifier(max_rounds=20).fit(shop.X, bought)
    amount = LightGBMRegressor(max_rounds=20).fit(shop.X, 10.0 * bought)
    for model in (chance, amount):
        assert model.parts_.settings["monotone"]["recency_days"] == -1


def test_a_base_whose_longest_silent_come_back_is_not_forced_into_the_usual_mould():
    """Yearly customers: with the usual direction imposed the model could only say the base rate."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"recency_days": rng.uniform(0, 360, 2000)})
    stopped = rng.random(2000) > X["recency_days"] / 400
    model = LightGBMClassifier(max_rounds=60).fit(X, stopped)
    assert model.parts_.settings["monotone"] == {"recency_days": -1}
    chances = model.predict_proba(pd.DataFrame({"recency_days": [20.0, 340.0]}))[:, 1]
    assert chances[0] > chances[1] + 0.3


def test_a_feature_that_hardly_tells_is_left_free():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"recency_days": rng.random(1000), "orders_90d": rng.integers(0, 5, 1000).astype(float)})
    model = LightGBMClassifier(max_rounds=20).fit(X, rng.random(1000) < 0.3 + 0.1 * X["orders_90d"])
    assert model.parts_.settings["monotone"] == {"orders_90d": 1}


def test_nothing_is_imposed_when_nothing_is_asked(shop):
    free = LightGBMClassifier(max_rounds=20, monotone=None).fit(shop.X, shop.stopped)
    assert free.parts_.settings["monotone"] == {}
    with pytest.raises(InputError, match="monotone"):
        LightGBMClassifier(monotone="always").fit(shop.X, shop.stopped)
