"""Gradients and Hessians are exact: compared with central differences at several points, for every model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.models.clv import gamma_gamma
from crm_ml.models.clv.catalog import PURCHASE_MODELS
from crm_ml.models.clv.rows import read_rows

HISTORIES = pd.DataFrame(
    {
        "frequency": [0, 0, 1, 2, 3, 7, 20, 0],
        "t_x": [0, 0, 1, 5, 20, 30, 38, 0],
        "T": [39, 2, 30, 38, 39, 39, 38, 0],
        "count": [40, 9, 3, 6, 1, 2.5, 1, 2],
    }
)


def check(evaluate, theta):
    """Central differences of the value give the gradient, and of the gradient the Hessian."""
    here = evaluate(theta)
    for i, size in enumerate(theta):
        step = np.zeros(len(theta))
        step[i] = 1e-5 * size
        up, down = evaluate(theta + step), evaluate(theta - step)
        assert here.gradient[i] == pytest.approx((up.value - down.value) / (2 * step[i]), rel=1e-6, abs=1e-6)
        slope = (up.gradient - down.gradient) / (2 * step[i])
        np.testing.assert_allclose(here.hessian[i], slope, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(here.hessian, here.hessian.T, rtol=1e-12)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
@pytest.mark.parametrize("factor", [0.3, 1.0, 3.0])
def test_purchase_models(name, factor):
    model = PURCHASE_MODELS[name]()
    model.k_ = 3  # only a model of regular timing reads it
    rows, _ = read_rows(HISTORIES).grouped()
    start = model._starts(rows)[0]
    theta = start * factor ** np.array([1, -1, 1, -1])[: len(start)]
    check(lambda point: model._evaluate(point, rows), theta)


@pytest.mark.parametrize("theta", [(6.0, 3.7, 15.0), (0.5, 1.1, 2.0), (40.0, 9.0, 1.0)])
def test_gamma_gamma(theta):
    x, m, n = np.array([1.0, 2.0, 9.0]), np.array([20.0, 35.0, 31.0]), np.array([30.0, 4.0, 2.0])
    check(lambda point: gamma_gamma._evaluate(point, x, m, n), np.array(theta))
