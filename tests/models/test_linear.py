"""Linear models: they agree with scikit-learn on the same columns and their money adds up."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from crm_ml.models.encoding import Encoding
from crm_ml.models.linear import LinearRegressor, LogisticClassifier


@pytest.mark.parametrize("three", [False, True])
def test_probabilities_are_those_of_scikit_learn(shop, three):
    """Prediction from the parts is the model that was fitted."""
    y = shop.X["purchase_days"].clip(upper=3) if three else shop.stopped
    X = shop.X[["recency_days", "revenue", "gap_mean"]]
    columns = Encoding.fit(X.to_numpy(), np.ones(len(X))).transform(X.to_numpy())
    peer = LogisticRegression(C=0.01, solver="newton-cholesky", tol=1e-10).fit(columns, y)
    given = LogisticClassifier().fit(X, y).predict_proba(X)
    np.testing.assert_allclose(given, peer.predict_proba(columns), rtol=1e-9)


def test_money_adds_up_on_the_training_customers(shop):
    """A Poisson regression with intercept keeps the total, here up to its small penalty."""
    X, revenue = shop.X.drop(columns="revenue"), shop.X["revenue"]
    forecast = LinearRegressor().fit(X, revenue).predict(X)
    assert forecast.sum() == pytest.approx(revenue.sum(), rel=1e-6)
    assert (forecast > 0).all()


def test_amounts_below_zero_take_a_straight_line(shop):
    """A log link cannot forecast a net return."""
    model = LinearRegressor().fit(shop.X, shop.X["revenue"] - 500)
    assert model.to_parts().settings["link"] == "identity"
    assert model.predict(shop.X).min() < -300


def test_a_customer_beyond_the_range_is_not_extrapolated(shop):
    """A hundred times the largest revenue is forecast like the largest."""
    model = LinearRegressor().fit(shop.X[["revenue"]], shop.X["revenue"])
    largest = shop.X[["revenue"]].max().to_frame().T
    np.testing.assert_allclose(model.predict(largest * 100), model.predict(largest))
