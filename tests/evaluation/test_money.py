"""Money by hand: Gini, errors, value in the top, profit of contacting."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mean_tweedie_deviance

from crm_ml.evaluation.money import bias, expected_profit, rmse, spend_gini, tweedie_deviance, value_captured


def test_gini_is_1_for_the_perfect_order_minus_1_for_the_reverse_0_for_none():
    money = np.array([0.0, 0.0, 1.0, 5.0, 20.0])
    assert spend_gini(money, money) == pytest.approx(1)
    assert spend_gini(money, -money) == pytest.approx(-1)
    assert spend_gini(money, np.zeros(5)) == pytest.approx(0)


def test_gini_equals_the_area_under_the_curve_of_sorted_customers():
    random = np.random.default_rng(0)
    money, score = random.gamma(0.3, 50, 300), random.random(300)

    def area(order):
        curve = np.concatenate([[0], np.cumsum(money[order]) / money.sum()])
        return 2 * np.trapezoid(curve, np.linspace(0, 1, 301)) - 1

    assert spend_gini(money, score) == pytest.approx(area(np.argsort(-score)) / area(np.argsort(-money)))


def test_gini_with_weights_is_gini_of_repeated_rows():
    random = np.random.default_rng(1)
    money, score, weights = (
        random.gamma(1, 5, 50),
        np.round(random.random(50), 1),
        random.integers(0, 4, (2, 50)),
    )
    repeated = [spend_gini(np.repeat(money, row), np.repeat(score, row)) for row in weights]
    np.testing.assert_allclose(spend_gini(money, score, weights), repeated)


def test_deviance_equals_scikit_learn():
    random = np.random.default_rng(2)
    actual, forecast = np.maximum(random.normal(2, 5, 100), 0), random.gamma(2, 2, 100)
    expected = mean_tweedie_deviance(actual, forecast, power=1.5)
    assert tweedie_deviance(actual, forecast) == pytest.approx(expected)


def test_returns_do_not_break_the_deviance():
    assert np.isfinite(tweedie_deviance([-5.0, 0.0, 3.0], [0.0, -1.0, 2.0]))


def test_errors_by_hand():
    assert rmse([1.0, 3.0], [2.0, 5.0]) == pytest.approx(np.sqrt(2.5))
    assert bias([10.0, 10.0], [9.0, 9.0]) == pytest.approx(-0.1)
    assert np.isnan(bias([0.0], [1.0]))


def test_value_captured_takes_ties_in_fractions():
    assert value_captured([10.0, 10.0, 0.0, 0.0], [1, 1, 1, 1], share=0.5) == pytest.approx(0.5)
    assert value_captured([10.0, 30.0, 0.0, 0.0], [2, 3, 1, 0], share=0.25) == pytest.approx(0.75)


def test_profit_counts_the_saved_and_the_cost_of_every_call():
    y, p, stake = np.array([1, 0, 1]), np.array([0.9, 0.8, 0.1]), np.array([100.0, 100.0, 100.0])
    # The first two are called (p × 100 × .5 × .2 > 5): 10 saved on the first, 5 paid for each.
    assert expected_profit(y, p, stake, margin=0.5, save_rate=0.2, contact_cost=5.0) == pytest.approx(0.0)
    weights = np.array([[1.0, 1.0, 1.0], [2.0, 0.0, 1.0]])
    drawn = expected_profit(y, p, stake, margin=0.5, save_rate=0.2, contact_cost=5.0, weights=weights)
    assert drawn.tolist() == pytest.approx([0.0, 10.0])
