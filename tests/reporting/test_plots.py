"""Plots: they show the figures they were given, also for nobody and for a million."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.plotting import to_svg
from crm_ml.reporting import plots

from .comparisons import classification
from .lists import make_risk_list


def test_bars_add_up_to_the_expected_loss():
    """What is drawn is what stands on the list."""
    table = make_risk_list().table
    (axes,) = plots.loss_by_band(table, "nl", "EUR").axes
    assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(table["expected_loss"].sum())


def test_heat_map_counts_every_customer():
    """Every score lands in its own cell."""
    (axes,) = plots.heat_map(pd.Series(["555", "551", "115", "15"]), "en").axes
    shown = {(text.get_position()): text.get_text() for text in axes.texts}
    assert shown[(4.5, 4.5)] == "2"
    assert shown[(0.5, 0.5)] == "1"
    assert shown[(4.5, 0.5)] == "1"
    assert sum(int(text) for text in shown.values()) == 4


def test_curves_of_a_million_customers_stay_small():
    """A page must open on a phone."""
    losses = pd.Series(np.random.default_rng(0).lognormal(3, 2, 1_000_000))
    for figure in (plots.loss_curve(losses, "en"), plots.lorenz(losses, "en")):
        assert len(to_svg(figure)) < 60_000


def test_lorenz_of_equal_customers_is_the_diagonal():
    """If all bought the same, the best 20 % bring in 20 %."""
    (axes,) = plots.lorenz(pd.Series([5.0] * 100), "en").axes
    x, y = axes.lines[0].get_data()
    np.testing.assert_allclose(x, y)


@pytest.mark.parametrize("losses", [[], [0.0], [10.0]])
def test_nobody_and_one(losses):
    """The extremes draw without a warning."""
    assert "<svg" in to_svg(plots.loss_curve(pd.Series(losses, dtype=float), "nl"))
    assert "<svg" in to_svg(plots.lorenz(pd.Series(losses, dtype=float), "nl"))


def test_models_and_calibration_are_drawn():
    """One dot a model, best at the top; one dot a group of forecasts."""
    comparison = classification()
    (axes,) = plots.whiskers(comparison.table, "auc", "en").axes
    assert [label.get_text() for label in axes.get_yticklabels()][-1] == "LightGBM"
    curve = comparison.calibration[comparison.calibration["model"] == "lightgbm"]
    assert "<svg" in to_svg(plots.reliability(curve, "nl"))
