"""The network: our forward pass is scikit-learn's, gradients are right, later customers stop the training."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier

from crm_ml.models.network import Network
from crm_ml.models.neural import NeuralClassifier, NeuralRegressor


def trained(n_classes=2):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    y = (X[:, 0] > 0).astype(int) + (n_classes == 3) * (X[:, 1] > 0)
    model = MLPClassifier((8, 5), random_state=0, max_iter=30)
    with pytest.warns(Warning, match="converge"):
        model.fit(X, y)
    return X, model, Network.of(model, 4)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_are_those_of_scikit_learn(n_classes):
    """Log-odds for two classes, logits up to a constant for three."""
    X, model, network = trained(n_classes)
    logs, scores = np.log(model.predict_proba(X)), network.scores(X)
    if n_classes == 2:
        np.testing.assert_allclose(scores[:, 0], logs[:, 1] - logs[:, 0], rtol=1e-6, atol=1e-9)
    else:
        np.testing.assert_allclose(scores - scores[:, :1], logs - logs[:, :1], rtol=1e-6, atol=1e-9)


def test_gradients_are_those_of_finite_differences():
    """Every contribution rests on them."""
    X, _, network = trained(3)
    direction = np.array([1.0, -0.5, 0.2])
    exact = network.gradient(X, direction)
    for column in range(4):
        step = np.zeros(4)
        step[column] = 1e-6
        numeric = (network.scores(X + step) - network.scores(X - step)) @ direction / 2e-6
        assert np.median(np.abs(numeric - exact[:, column])) < 1e-8


def test_attributions_sum_to_the_change_of_score():
    """Exactly, whatever the integration misses."""
    X, _, network = trained()
    pieces = network.attributions(X, np.ones(1))
    change = network.scores(X)[:, 0] - network.scores(np.zeros((1, 4)))[0, 0]
    np.testing.assert_allclose(pieces.sum(axis=1), change, rtol=1e-9, atol=1e-12)


def test_learns_the_shop(models, shop, shop_later):
    """Within two hundredths of boosting."""
    given = NeuralClassifier().fit(shop.X, shop.stopped).predict_proba(shop_later.X)[:, 1]
    boosted = models["lightgbm"].predict_proba(shop_later.X)[:, 1]
    assert roc_auc_score(shop_later.stopped, given) > roc_auc_score(shop_later.stopped, boosted) - 0.02


def test_noise_stays_noise():
    """Nothing to learn: everybody gets about the base rate."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(2000, 20)), columns=[f"n{k}" for k in range(20)])
    model = NeuralClassifier().fit(X, rng.random(2000) < 0.5)
    assert model.predict_proba(X)[:, 1].std() < 0.06


def test_amounts_add_up(shop):
    """The mean residual of the training customers is zero."""
    X, revenue = shop.X.drop(columns="revenue"), shop.X["revenue"]
    assert NeuralRegressor().fit(X, revenue).predict(X).sum() == pytest.approx(revenue.sum(), rel=1e-9)
