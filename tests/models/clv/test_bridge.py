"""Models fitted with lifetimes give the same answers here; lifetimes is imported in this test only."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.models.clv.bridge import from_lifetimes

with warnings.catch_warnings():
    # lifetimes is archived and warns on import and in every fit with a recent pandas and numpy.
    warnings.simplefilter("ignore")
    import lifetimes

pytestmark = pytest.mark.filterwarnings("ignore")


def fitted(kind, cdnow, **settings):
    return kind(**settings).fit(cdnow["frequency"], cdnow["t_x"], cdnow["T"])


@pytest.mark.parametrize("kind", ["BetaGeoFitter", "ModifiedBetaGeoFitter", "ParetoNBDFitter"])
def test_purchase_models_agree(cdnow, kind):
    np.random.seed(0)  # noqa: NPY002 - lifetimes draws its starts from the global generator
    theirs = fitted(getattr(lifetimes, kind), cdnow)
    ours = from_lifetimes(theirs, time_unit="week")
    columns = cdnow["frequency"], cdnow["t_x"], cdnow["T"]
    expected = theirs.conditional_expected_number_of_purchases_up_to_time(26, *columns)
    np.testing.assert_allclose(ours.expected_purchases(cdnow, 26), np.asarray(expected), rtol=1e-6)
    alive = np.asarray(theirs.conditional_probability_alive(*columns)).ravel()
    np.testing.assert_allclose(ours.probability_alive(cdnow), alive, rtol=1e-6)
    assert "fit anew" in ours.message_
    again = type(ours).from_dict(json.loads(json.dumps(ours.to_dict(), allow_nan=False)))
    pd.testing.assert_series_equal(again.probability_alive(cdnow), ours.probability_alive(cdnow))


def test_gamma_gamma_agrees(cdnow):
    some = cdnow[cdnow["frequency"] > 0]
    theirs = lifetimes.GammaGammaFitter().fit(some["frequency"], some["monetary_value"])
    expected = theirs.conditional_expected_average_profit(cdnow["frequency"], cdnow["monetary_value"])
    found = from_lifetimes(theirs).expected_value(cdnow)
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_their_column_names_are_accepted(cdnow):
    theirs = fitted(lifetimes.BetaGeoFitter, cdnow)
    ours = from_lifetimes(theirs, time_unit="week")
    renamed = cdnow.rename(columns={"t_x": "recency"})
    pd.testing.assert_series_equal(ours.expected_purchases(renamed, 9), ours.expected_purchases(cdnow, 9))


def test_what_is_no_fitted_model_is_refused():
    with pytest.raises(InputError, match="not fitted"):
        from_lifetimes(lifetimes.BetaGeoFitter())
    with pytest.raises(InputError, match="unknown lifetimes model"):
        from_lifetimes(object())
