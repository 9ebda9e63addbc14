"""Several cutoffs are ranked apart and averaged; money is what the figures say it is."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crm_ml.evaluation.bootstrap import CustomerBootstrap
from crm_ml.evaluation.measures import main_figure, main_score, measure
from crm_ml.evaluation.metrics import auc
from crm_ml.evaluation.money import expected_profit, value_captured
from crm_ml.evaluation.recorded import stack
from crm_ml.evaluation.settings import EvaluationSettings

from .panels import Forecast, panel_of, risky

SETTINGS = EvaluationSettings(replicates=50)


def measured(panel, model):
    return measure(model, panel, CustomerBootstrap(panel.customers, 50), SETTINGS)


def test_a_score_that_only_tells_the_season_has_no_auc():
    """At the second cutoff everybody leaves more often and scores higher; within a cutoff it says nothing."""
    panels = []
    for month, level in ((1, 0.2), (6, 0.8)):
        y = np.random.default_rng(month).random(3000) < level
        X = pd.DataFrame({"p": np.full(3000, level) + np.random.default_rng(9).normal(0, 0.01, 3000)})
        labels = pd.Series(y, dtype="boolean")
        panels.append(panel_of("stopped", X, labels, cutoff=dt.date(2020, month, 1)))
    both = stack(panels)
    found = measured(both, Forecast("p"))
    assert auc(both.y.astype(float), both.X["p"]) > 0.7
    assert found.figures["auc"] == pytest.approx(0.5, abs=0.03)
    assert found.figures["brier_skill"] > 0.3
    assert found.draws.shape == (50,)


def test_main_figures():
    X, y = risky(400)
    binary = panel_of("stopped", X, pd.Series(y, dtype="boolean"))
    money = panel_of("value", X, pd.Series(10.0 * y, dtype="Float64"))
    assert (main_figure(binary), main_figure(money)) == ("auc", "gini")
    assert main_score(Forecast("truth"), binary) == measured(binary, Forecast("truth")).figures["auc"]
    assert main_score(Forecast("truth"), money) == measured(money, Forecast("truth")).figures["gini"]


def test_profit_and_captured_value_of_a_forecast():
    X, y = risky(400)
    stake = 100.0 + np.arange(400)
    panel = panel_of("stopped", X, pd.Series(y, dtype="boolean"), at_stake=stake)
    found = measured(panel, Forecast("truth")).figures
    p = X["truth"].to_numpy()
    assert found["value_captured"] == pytest.approx(value_captured(y * stake, p * stake))
    cost = 0.1 * (y * stake).mean()
    assert found["expected_profit"] == pytest.approx(expected_profit(y, p, stake, contact_cost=cost))
    assert found["expected_profit"] > expected_profit(y, np.ones(400), stake, contact_cost=cost)
