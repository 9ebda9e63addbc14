"""A purchase model is fitted once for the same rows, and every caller gets a model of its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.models.clv import fall_back
from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.fall_back import fit_or_fall_back
from crm_ml.models.clv.nbd import NBD
from crm_ml.models.clv.pareto_nbd import ParetoNBD

SUMMARY = pd.DataFrame(
    {"frequency": [0, 1, 2, 6], "t_x": [0.0, 60, 200, 260], "T": [280.0] * 4, "count": [600, 200, 90, 110]}
)


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the models that were really fitted, with nothing remembered from other tests."""
    counted: list[str] = []
    work = fall_back._fitted

    def fitted(model, *rest):
        counted.append(type(model).__name__)
        return work(model, *rest)

    monkeypatch.setattr(fall_back, "_fitted", fitted)
    fall_back._remembered.clear()
    return counted


def test_the_same_rows_are_fitted_once(fits):
    first, second = (fit_or_fall_back(BGNBD(), SUMMARY) for _ in range(2))
    assert fits == ["BGNBD"]
    pd.testing.assert_series_equal(first.params_, second.params_)


def test_a_caller_cannot_change_what_another_gets(fits):
    fit_or_fall_back(BGNBD(), SUMMARY).note("mine alone")
    assert "mine alone" not in fit_or_fall_back(BGNBD(), SUMMARY).message_


@pytest.mark.parametrize(
    ("model", "summary", "weight"),
    [
        (ParetoNBD(), SUMMARY, None),
        (BGNBD(penalty=0.1), SUMMARY, None),
        (BGNBD(time_unit="week"), SUMMARY, None),
        (BGNBD(), SUMMARY.assign(frequency=[0, 1, 2, 7]), None),
        (BGNBD(), SUMMARY.drop(columns="count"), None),
        (BGNBD(), SUMMARY, np.array([1.0, 1.0, 1.0, 2.0])),
    ],
)
def test_anything_else_is_fitted_anew(fits, model, summary, weight):
    fit_or_fall_back(BGNBD(), SUMMARY)
    fit_or_fall_back(model, summary, weight)
    assert len(fits) == 2


def test_no_more_than_a_few_fits_are_remembered(fits):
    for extra in range(fall_back._MOST_REMEMBERED + 3):
        fit_or_fall_back(NBD(), SUMMARY.assign(count=[600, 200, 90, 110 + extra]))
    assert len(fall_back._remembered) == fall_back._MOST_REMEMBERED


def test_the_model_that_was_given_stays_unfitted():
    model = BGNBD()
    fit_or_fall_back(model, SUMMARY)
    assert not hasattr(model, "params_")
