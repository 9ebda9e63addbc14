"""Slope, curve and interval of probabilities that are right, too bold, or constant."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from crm_ml.evaluation.calibration import calibration_curve, calibration_line, wilson


@pytest.fixture
def forecast():
    random = np.random.default_rng(0)
    p = random.beta(1, 3, 40_000)
    return (random.random(len(p)) < p).astype(float), p


def odds(p):
    return p / (1 - p)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_slope_finds_how_far_forecasts_are_stretched(forecast, power):
    y, p = forecast
    stretched = odds(p) ** power / (1 + odds(p) ** power)
    slope, intercept = calibration_line(y, stretched)
    assert slope == pytest.approx(1 / power, rel=0.04)
    assert intercept == pytest.approx(0, abs=0.06)


def test_the_intercept_finds_a_level_that_is_off(forecast):
    y, p = forecast
    _, intercept = calibration_line(y, odds(p) * np.e / (1 + odds(p) * np.e))
    assert intercept == pytest.approx(-1, abs=0.08)


def test_weights_are_repeated_rows(forecast):
    y, p = forecast[0][:500], forecast[1][:500]
    weights = np.random.default_rng(1).integers(0, 3, 500)
    repeated = calibration_line(np.repeat(y, weights), np.repeat(p, weights))
    assert calibration_line(y, p, weights) == pytest.approx(repeated)


def test_a_constant_forecast_or_a_single_class_has_no_line():
    assert np.isnan(calibration_line([0, 1, 1], [0.5, 0.5, 0.5])).all()
    assert np.isnan(calibration_line([1, 1, 1], [0.1, 0.5, 0.9])).all()


def test_separated_data_stay_finite():
    assert np.isfinite(calibration_line([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])).all()


def test_the_curve_holds_everybody_once_and_follows_the_truth(forecast):
    curve = calibration_curve(*forecast)
    assert curve["n"].sum() == len(forecast[0])
    assert len(curve) == 10
    assert (curve["forecast"] - curve["observed"]).abs().max() < 0.02
    assert ((curve["low"] < curve["observed"]) & (curve["observed"] < curve["high"])).all()


def test_equal_forecasts_stay_in_one_group():
    curve = calibration_curve([0, 1, 0, 1, 1, 1], [0.5] * 4 + [0.9] * 2, bins=3)
    assert curve["n"].tolist() == [4, 2]


def test_wilson_solves_its_own_equation():
    """Both ends lie exactly z standard errors, taken at that end, from the observed share."""
    z = NormalDist().inv_cdf(0.975)
    for end in wilson(0.3, 50, z):
        assert abs(0.3 - end) == pytest.approx(z * np.sqrt(end * (1 - end) / 50))
