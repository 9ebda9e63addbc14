"""Differences between arms in standard errors."""

from __future__ import annotations

import numpy as np

from crm_ml.models.balance import imbalance, imbalance_limit


def test_the_sign_says_who_has_more_and_missing_counts():
    arm = np.arange(400) % 2 == 0
    matrix = np.column_stack([arm * 1.0, np.zeros(400), np.where(arm, np.nan, 1.0)])
    z = imbalance(matrix + np.arange(400)[:, None] * 1e-6, arm)
    assert z[0] > 10
    assert abs(z[1]) < 2
    assert np.isinf(z[2])  # one arm has no value at all


def test_the_limit_holds_for_random_campaigns():
    random = np.random.default_rng(0)
    matrix = random.lognormal(0, 2, (500, 20))
    largest = [np.abs(imbalance(matrix, random.random(500) < 0.3)).max() for _ in range(60)]
    assert np.mean(np.array(largest) > imbalance_limit(20)) <= 0.05
