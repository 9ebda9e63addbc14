"""Rules for amounts: means that come true, for money and for numbers on both sides of zero."""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.models.rule_amounts import RuleListRegressor


def test_means_are_held_out_means_and_print(shop):
    """n, mean, interval and lift; no class in the text."""
    model = RuleListRegressor().fit(shop.X.drop(columns="revenue"), shop.X["revenue"])
    table = model.rules_.table
    assert table["n"].sum() == pytest.approx(len(shop.X) / 4, abs=1)
    assert ((table["low"] < table["rate"]) & (table["rate"] < table["high"])).all()
    assert "THEN" in str(model.rules_)
    assert "%" not in str(model.rules_)


def test_forecasts_add_up_and_rank(shop, shop_later):
    """Sum within 5 %, and better than the mean, on other customers."""
    model = RuleListRegressor().fit(shop.X.drop(columns="revenue"), shop.X["revenue"])
    forecast, truth = model.predict(shop_later.X), shop_later.X["revenue"]
    assert forecast.sum() == pytest.approx(truth.sum(), rel=0.05)
    assert ((forecast - truth) ** 2).mean() < 0.5 * truth.var()


def test_negative_amounts_take_the_straight_scale(shop):
    """Net returns make a customer negative; forecasts may be so too."""
    change = np.where(shop.X["purchase_days"] > 2, 50.0, -20.0)
    model = RuleListRegressor().fit(shop.X, change)
    assert model.to_parts().settings["link"] == "identity"
    assert model.predict(shop.X).min() < -10
    assert model.rule_of(shop.X)["rule"].max() <= 13
    assert model.measure(shop.X, change).table["n"].sum() == len(shop.X)
