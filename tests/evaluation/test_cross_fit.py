"""Scores by models that did not know the customer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_ml.evaluation.cross_fit import cross_fitted, enough_for_uplift
from crm_ml.evaluation.uplift import qini
from crm_ml.evaluation.uplift_settings import UpliftSettings

SMALL = UpliftSettings(folds=2, min_leaf=50)


def trial(n=2400, effect=0.4, seed=0):
    random = np.random.default_rng(seed)
    X = pd.DataFrame({"loyal": random.integers(0, 2, n).astype(float), "noise": random.random(n)})
    contacted = random.random(n) < 0.5
    y = random.random(n) < 0.2 + effect * contacted * X["loyal"]
    return X, y.to_numpy(dtype=float), contacted


def test_a_planted_effect_is_found_on_customers_that_the_model_did_not_know():
    X, y, contacted = trial()
    scores = cross_fitted(X, y, contacted, SMALL)
    assert scores.index.equals(X.index)
    by_loyal = scores["uplift"].groupby(X["loyal"]).mean()
    assert by_loyal[1] - by_loyal[0] > 0.25
    assert qini(scores["uplift"], y, contacted) > 0.02


def test_noise_is_not_found():
    """Without an effect no ranking finds any, on average over campaigns."""
    areas = []
    for seed in range(6):
        X, y, contacted = trial(1200, 0.0, seed)
        areas.append(float(qini(cross_fitted(X, y, contacted, SMALL)["uplift"], y, contacted)))
    assert abs(np.mean(areas)) < 0.01


def test_too_few_outcomes_are_not_enough():
    _, y, contacted = trial(600)
    assert enough_for_uplift(y, contacted, SMALL)
    assert not enough_for_uplift(np.where(contacted, y, 0.0), contacted, SMALL)
    assert not enough_for_uplift(y[:300], contacted[:300], SMALL)
