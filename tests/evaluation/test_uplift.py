"""Uplift: planted effects, curves by hand, no credit for predicting who buys anyway."""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.evaluation.uplift import auuc, effect_line, policy_gain, qini, qini_curve


@pytest.fixture(scope="module")
def trial():
    """A contact helps those with a high x by 30 points; z says who buys anyway."""
    random = np.random.default_rng(0)
    x, z = random.random(8000), random.random(8000)
    contacted = random.random(8000) < 0.5
    y = random.random(8000) < 0.1 + 0.5 * z + 0.3 * (x > 0.5) * contacted
    return x, z, contacted, y.astype(float)


def test_the_qini_curve_ends_in_the_average_effect(trial):
    x, _, contacted, y = trial
    share, gain = qini_curve(x, y, contacted)
    assert (share[0], share[-1], gain[0]) == (0, pytest.approx(1), 0)
    assert gain[-1] == pytest.approx(y[contacted].mean() - y[~contacted].mean())


def test_a_ranking_by_effect_has_a_qini_and_one_by_purchase_or_noise_has_none(trial):
    x, z, contacted, y = trial
    # Half the base at +.3: a triangle of ¼ × .15 above the straight line.
    assert qini(x > 0.5, y, contacted) == pytest.approx(0.0375, abs=0.01)
    assert abs(qini(z, y, contacted)) < 0.012
    assert qini(-x, y, contacted) == pytest.approx(-qini(x, y, contacted), abs=1e-3)


def test_contacting_at_random_has_half_the_effect_as_auuc(trial):
    _, _, contacted, y = trial
    effect = y[contacted].mean() - y[~contacted].mean()
    assert auuc(np.zeros(len(y)), y, contacted) == pytest.approx(effect / 2)


@pytest.mark.parametrize("metric", [qini, auuc])
def test_weights_are_repeated_rows_and_matrices_give_one_figure_a_replicate(trial, metric):
    x, _, contacted, y = (part[:300] for part in trial)
    weights = np.random.default_rng(1).integers(0, 3, (4, 300))
    repeated = [metric(np.repeat(x, row), np.repeat(y, row), np.repeat(contacted, row)) for row in weights]
    np.testing.assert_allclose(metric(x, y, contacted, weights), repeated, atol=1e-12)


def test_the_gain_of_a_policy_by_hand(trial):
    x, _, contacted, y = trial
    best = policy_gain(x > 0.5, y, contacted, value=10, cost=1)
    assert best == pytest.approx(0.5 * (3 - 1), abs=0.15)
    assert best > policy_gain(np.ones(len(x)), y, contacted, value=10, cost=1)
    assert policy_gain(np.zeros(len(x)), y, contacted, value=10, cost=1) == 0


def test_the_line_of_effects_finds_the_level_and_the_spread(trial):
    """Forecasts twice too far apart have slope one half; the same draws give the same line."""
    x, _, contacted, y = trial
    truth = 0.3 * (x > 0.5)
    intercept, slope = effect_line(truth, y, contacted)
    assert (intercept, slope) == (pytest.approx(0, abs=0.03), pytest.approx(1, abs=0.15))
    assert effect_line(2 * truth, y, contacted)[1] == pytest.approx(slope / 2)
    twice = effect_line(np.tile(truth, 2), np.tile(y, 2), np.tile(contacted, 2))
    np.testing.assert_allclose(effect_line(truth, y, contacted, np.full((3, len(y)), 2.0))[1], twice[1])
