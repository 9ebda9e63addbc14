"""Losses from additive sums equal the losses row by row."""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.models.losses import ClassLoss, PoissonLoss, SquaredLoss

RNG = np.random.default_rng(0)
WEIGHT = RNG.integers(1, 4, 200).astype(float)


def total(loss, y):
    sums = loss.columns(y, WEIGHT).sum(axis=0)
    estimate = loss.estimate(sums)
    return estimate, loss.loss(estimate, sums), loss.size(sums)


def test_log_loss():
    """−Σ w ln p of the own class."""
    y = RNG.integers(0, 3, 200)
    estimate, loss, size = total(ClassLoss(np.full(3, 1 / 3)), y)
    assert loss == pytest.approx(-(WEIGHT * np.log(estimate[y])).sum())
    assert size == WEIGHT.sum()
    assert estimate.sum() == pytest.approx(1)


def test_squared_loss():
    """Σ w (y − m)²."""
    y = RNG.normal(size=200)
    estimate, loss, size = total(SquaredLoss(np.zeros(1)), y)
    assert loss == pytest.approx((WEIGHT * (y - estimate[0]) ** 2).sum())
    assert size == WEIGHT.sum()


def test_poisson_loss():
    """Σ w (m − y ln m), smallest at the mean."""
    y = RNG.gamma(1.0, 5.0, 200)
    rule = PoissonLoss(np.full(1, 5.0), strength=0.0)
    estimate, loss, _ = total(rule, y)
    assert estimate[0] == pytest.approx(np.average(y, weights=WEIGHT))
    assert loss == pytest.approx((WEIGHT * (estimate[0] - y * np.log(estimate[0]))).sum())
    sums = rule.columns(y, WEIGHT).sum(axis=0)
    assert loss < min(rule.loss(estimate * 1.01, sums), rule.loss(estimate * 0.99, sums))


@pytest.mark.parametrize(
    "rule", [ClassLoss(np.array([0.2, 0.8])), SquaredLoss(np.array([0.8])), PoissonLoss(np.array([0.8]))]
)
def test_an_empty_group_has_the_estimate_of_all(rule):
    """No customers, no opinion of its own."""
    empty = np.zeros(3 if isinstance(rule, SquaredLoss) else 2)
    np.testing.assert_allclose(rule.estimate(empty)[-1], 0.8)
