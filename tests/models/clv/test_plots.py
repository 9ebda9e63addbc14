"""Plots show the numbers of the models and give the same bytes twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.plotting import to_svg
from crm_ml.models.clv import plots
from crm_ml.models.clv.bg_bb import BGBB
from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.diagnostics import diagnostics, tracking


@pytest.fixture(scope="module")
def model(cdnow):
    return BGNBD(time_unit="week").fit(cdnow)


def shown(figure):
    """Values of the coloured matrix, without the colour bar."""
    return np.asarray(figure.axes[0].collections[0].get_array())


def test_matrices_hold_the_answers(model):
    alive = shown(plots.plot_probability_alive(model, age=39, most=5))
    corner = pd.DataFrame({"frequency": [5], "t_x": [39.0], "T": [39.0]})
    assert alive[-1, -1] == pytest.approx(model.probability_alive(corner)[0])
    expected = shown(plots.plot_expected_purchases(model, age=39, horizon=10, most=5))
    assert expected[-1, -1] == pytest.approx(model.expected_purchases(corner, 10)[0])


def test_impossible_cells_of_discrete_models_stay_empty():
    table = pd.DataFrame({"frequency": [0, 1, 3], "t_x": [0, 2, 5], "T": [6] * 3, "count": [50, 20, 15]})
    cells = shown(plots.plot_probability_alive(BGBB(time_unit="year").fit(table), age=6, most=4))
    assert np.isnan(cells[0, 1:]).all()
    assert np.isfinite(cells[0, 0])


def test_one_customer_rises_with_each_purchase_and_falls_between(model):
    figure = plots.plot_customer(model, [5.0, 9.0, 20.0], age=39)
    ages, alive = figure.axes[0].lines[0].get_data()
    assert alive[0] == 1.0
    after = ages > 20
    assert (np.diff(alive[after]) < 0).all()


def test_results_draw_the_same_bytes_twice(model, cdnow):
    results = diagnostics(model, cdnow), tracking(model, np.zeros(10), np.array([1.0, 5.0]), until=10)
    for draw, result in zip((plots.plot_frequencies, plots.plot_tracking), results, strict=True):
        assert to_svg(draw(result)) == to_svg(draw(result))
