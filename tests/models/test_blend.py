"""A blend is at least about as good as its best member, and never uses one against its own word."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from crm_ml.base.exceptions import InputError
from crm_ml.models.blend import BlendClassifier, BlendRegressor


def test_weights_follow_the_latest_snapshot(shop):
    """Weights are not negative and make the log loss no worse than that of the best member."""
    model = BlendClassifier(models=("logistic", "decision_tree", "lightgbm")).fit(shop.X, shop.stopped)
    assert set(model.weights_) == {"logistic", "decision_tree", "lightgbm"}
    assert min(model.weights_.values()) >= 0
    assert 0.7 < sum(model.weights_.values()) < 1.3


def test_as_good_as_the_best_member(shop, shop_later, models):
    """On other customers, with a margin for chance."""
    blend = BlendClassifier(models=("logistic", "lightgbm")).fit(shop.X, shop.stopped)
    loss = log_loss(shop_later.stopped, blend.predict_proba(shop_later.X))
    members = [
        log_loss(shop_later.stopped, models[name].predict_proba(shop_later.X)) for name in blend.models
    ]
    assert loss < min(members) + 0.002


def test_a_member_that_fails_later_gets_no_weight():
    """A tree that learns what fades is left out in favour of what lasts."""
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([range(2000), [1, 2]], names=["customer_id", "cutoff"])
    X = pd.DataFrame({"lasts": rng.random(4000)}, index=index)
    y = rng.random(4000) < X["lasts"]
    model = BlendClassifier(
        models=("logistic", "lightgbm"), params={"lightgbm": {"max_rounds": 1, "learning_rate": 1e-6}}
    ).fit(X, y)
    assert model.weights_["logistic"] > 0.8


def test_nothing_to_blend_is_refused(shop):
    """Neither an empty list nor itself."""
    for models in ((), ("logistic", "blend")):
        with pytest.raises(InputError, match="other models"):
            BlendClassifier(models=models).fit(shop.X, shop.stopped)
    with pytest.raises(InputError, match="decision_tree"):
        BlendClassifier(models=("decision_tre",)).fit(shop.X, shop.stopped)


def test_amounts_add_up(shop):
    """The level is that of the training customers."""
    X, revenue = shop.X.drop(columns="revenue"), shop.X["revenue"]
    model = BlendRegressor(models=("logistic", "decision_tree")).fit(X, revenue)
    assert model.predict(X).sum() == pytest.approx(revenue.sum(), rel=1e-9)
    assert min(model.weights_.values()) >= 0


def test_contributions_add_up_where_classes_are_separable():
    """Probabilities of 0 and 1 have no logarithm; the margin behind them still adds up."""
    X = pd.DataFrame({"x": np.arange(500.0), "copy": np.arange(500.0)})
    model = BlendClassifier(models=("logistic", "neural_net")).fit(X, X["x"] > 250)
    total = model.base_margin() + model.contributions(X).sum(axis=1)
    np.testing.assert_allclose(total, model.margin(X), rtol=1e-9, atol=1e-9)
