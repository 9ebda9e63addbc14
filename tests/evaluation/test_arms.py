"""Two arms: unbiased, more precise after adjustment, and the size that finds the effect as often as said."""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.evaluation.arms import adjust, difference, needed_controls


def experiment(seed, n=600, effect=5.0):
    random = np.random.default_rng(seed)
    known = random.gamma(2.0, 50.0, (n, 2))
    treated = random.random(n) < 0.7
    amount = known[:, 0] + 0.3 * known[:, 1] + effect * treated + random.normal(0, 10, n)
    return amount, treated, known


def test_adjusting_keeps_the_effect_and_takes_out_the_noise():
    plain, adjusted = [], []
    for seed in range(200):
        amount, treated, known = experiment(seed)
        ones = np.ones(len(amount))
        plain.append(difference(amount, treated, ones))
        adjusted.append(difference(adjust(amount, treated, known), treated, ones))
    assert np.mean(adjusted) == pytest.approx(5.0, abs=0.25)
    assert np.std(adjusted) < 0.25 * np.std(plain)


def test_without_facts_or_with_constant_or_missing_ones_nothing_changes():
    amount, treated, known = experiment(0)
    for facts in (np.empty((600, 0)), np.ones((600, 1)), np.full((600, 1), np.nan)):
        assert (adjust(amount, treated, facts) == amount).all()
    some = known.copy()
    some[::7] = np.nan
    assert np.isfinite(adjust(amount, treated, some)).all()


def test_tiny_arms_are_left_as_they_are():
    amount, treated = np.arange(6.0), np.array([True] * 3 + [False] * 3)
    assert (adjust(amount, treated, np.arange(6.0)[:, None]) == amount).all()


def test_an_empty_arm_gives_nan():
    assert np.isnan(difference(np.ones(3), np.array([True] * 3), np.ones(3)))


def test_the_needed_size_shows_the_effect_as_often_as_promised():
    random = np.random.default_rng(0)
    amount, treated = random.normal(0, 10, 1000), np.arange(1000) % 4 != 0
    controls = int(needed_controls(amount, treated, 2.0, level=0.95, power=0.8))
    seen = 0
    for _ in range(400):
        one, other = random.normal(2, 10, 3 * controls), random.normal(0, 10, controls)
        error = np.sqrt(one.var() / len(one) + other.var() / len(other))
        seen += (one.mean() - other.mean()) / error > 1.96
    assert seen / 400 == pytest.approx(0.8, abs=0.06)


def test_no_effect_hoped_for_no_size():
    assert np.isnan(needed_controls(np.ones(4), np.array([True, False] * 2), 0.0, level=0.95, power=0.8))
