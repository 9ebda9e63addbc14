"""The curve is strictly rising, keeps the mean, and does not depend on the order of rows."""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.evaluation.response_curve import evaluate, fit_curve


@pytest.fixture
def noisy():
    random = np.random.default_rng(0)
    score = np.round(random.exponential(30, 2000))
    hit = (random.random(2000) < score / (score + 40)).astype(float)
    return score, np.column_stack([1 - hit, hit])


def test_a_pooled_curve_rises_strictly(noisy):
    places, means = fit_curve(*noisy, np.ones(2000), rising=True)
    assert (np.diff(places) > 0).all()
    assert (np.diff(means[:, -1]) > 0).all()


def test_an_outcome_that_falls_is_pooled_into_one_point(noisy):
    score, outcome = noisy
    places, means = fit_curve(-score, outcome, np.ones(2000), rising=True)
    assert len(places) <= 2
    assert means[:, 1].mean() == pytest.approx(outcome[:, 1].mean(), abs=0.02)


def test_weights_are_repeated_rows_and_order_is_nothing(noisy):
    score, outcome = noisy
    weight = np.random.default_rng(1).integers(1, 4, 2000)
    rows = np.random.default_rng(2).permutation(np.repeat(np.arange(2000), weight))
    ones = fit_curve(score[rows], outcome[rows], np.ones(len(rows)), rising=False)
    for left, right in zip(fit_curve(score, outcome, weight.astype(float), rising=False), ones, strict=True):
        np.testing.assert_allclose(left, right)


def test_beyond_the_ends_the_curve_is_flat_and_missing_scores_get_its_middle():
    places, means = np.array([0.0, 10.0]), np.array([[0.2], [0.8]])
    found = evaluate(places, means, np.array([-5.0, 5.0, 99.0, np.nan]))[:, 0]
    assert found.tolist() == pytest.approx([0.2, 0.5, 0.8, 0.5])
