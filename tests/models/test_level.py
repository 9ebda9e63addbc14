"""A level changes sums, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.models.catalog import from_parts
from crm_ml.models.level import level, scaled
from crm_ml.models.linear import LinearRegressor
from crm_ml.models.parts import Parts

X = pd.DataFrame({"orders": np.arange(1.0, 101.0)})
MODEL = LinearRegressor().fit(X, 10 * X["orders"])


def test_forecasts_add_up_to_the_later_amounts():
    levelled = level(MODEL, X, 5 * X["orders"])
    assert levelled.predict(X).sum() == pytest.approx(5 * X["orders"].sum())
    np.testing.assert_allclose(levelled.predict(X) / MODEL.predict(X), levelled.factor_)


def test_explanations_are_those_of_the_model_inside():
    levelled = level(MODEL, X, 5 * X["orders"])
    np.testing.assert_array_equal(levelled.contributions(X), MODEL.contributions(X))
    np.testing.assert_array_equal(levelled.margin(X), MODEL.margin(X))
    assert levelled.base_margin() == MODEL.base_margin()


def test_a_factor_beyond_reason_is_held_back():
    assert level(MODEL, X, np.zeros(len(X))).factor_ == pytest.approx(0.2)
    assert level(MODEL, X, 1000 * X["orders"]).factor_ == pytest.approx(5.0)


def test_parts_give_the_same_forecasts(tmp_path):
    levelled = level(MODEL, X, 5 * X["orders"])
    loaded = from_parts(Parts.load(levelled.to_parts().save(tmp_path)))
    np.testing.assert_array_equal(loaded.predict(X), levelled.predict(X))


def test_scaled_twice_is_one_factor_around_the_same_model():
    """Levels are never nested: the model inside is found at once, and explains itself."""
    once = scaled(level(MODEL, X, 5 * X["orders"]), 2.0)
    assert once.model is MODEL
    np.testing.assert_allclose(once.predict(X).sum(), 2 * 5 * X["orders"].sum())
    np.testing.assert_array_equal(once.contributions(X), MODEL.contributions(X))
