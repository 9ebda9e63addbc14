"""The hurdle: chance times amount, with a level that comes true."""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.models.two_part import TwoPartRegressor


def amounts(shop):
    return shop.X["revenue"].where(~shop.stopped, 0.0)


def test_forecast_is_chance_times_amount(shop):
    """And its sum is that of the training customers."""
    X, y = shop.X.drop(columns="revenue"), amounts(shop)
    model = TwoPartRegressor().fit(X, y)
    matrix = X.to_numpy()
    product = model._chance._proba(matrix)[:, 1] * model._amount._value(matrix)
    np.testing.assert_allclose(model.predict(X), product * model.to_parts().settings["level"])
    assert model.predict(X).sum() == pytest.approx(y.sum(), rel=1e-9)
    assert model.to_parts().settings["level"] == pytest.approx(1.0, abs=0.1)


def test_ranks_money_on_other_customers(shop, shop_later):
    """The best tenth by forecast holds several times its share of the money."""
    model = TwoPartRegressor().fit(shop.X.drop(columns="revenue"), amounts(shop))
    forecast, truth = model.predict(shop_later.X), amounts(shop_later)
    best = np.argsort(-forecast)[: len(forecast) // 10]
    assert truth.iloc[best].sum() > 3 * truth.sum() / 10


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_everybody_or_nobody_buys(shop, value):
    """There is no chance to learn then; the forecast is that amount."""
    y = np.full(len(shop.X), value)
    np.testing.assert_allclose(TwoPartRegressor().fit(shop.X, y).predict(shop.X), value, atol=1e-6)
