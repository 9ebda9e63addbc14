"""Returns that are a detail do not decide which kind of model money gets."""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.models.amounts import amounts_for_log_link
from crm_ml.models.catalog import make_model


def test_the_total_stays():
    """Weights count; nobody is negative afterwards."""
    y, weight = np.array([100.0, -5.0, 20.0, 0.0]), np.array([1.0, 2.0, 1.0, 1.0])
    amounts = amounts_for_log_link(y, weight)
    assert (amounts >= 0).all()
    assert weight @ amounts == pytest.approx(weight @ y)


@pytest.mark.parametrize("y", [[0.0, 0.0], [10.0, -8.0], [-1.0, -2.0]])
def test_amounts_on_both_sides_of_zero_keep_their_sign(y):
    """Nothing spent, or much given back: a log scale would tell another story."""
    assert amounts_for_log_link(np.array(y), np.ones(2)) is None


@pytest.mark.parametrize("name", ["logistic", "neural_net", "rule_list", "lightgbm"])
def test_one_small_return_does_not_change_the_model(shop, name):
    """A single customer with a net return once turned every model of money into one of squared error."""
    X, revenue = shop.X.drop(columns="revenue"), shop.X["revenue"]
    plain = make_model(name, kind="regressor").fit(X, revenue)
    returned = revenue.copy()
    returned.iloc[0] = -1.0
    model = make_model(name, kind="regressor").fit(X, returned)
    assert model.parts_.settings["link"] == plain.parts_.settings["link"] == "log"
    assert model.predict(X).sum() == pytest.approx(returned.sum(), rel=0.02)
    assert np.corrcoef(model.predict(X), plain.predict(X))[0, 1] > 0.95
