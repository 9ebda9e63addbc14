"""Lifetime value: what it is made of, limits, fall-backs, money it cannot know, JSON."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from sklearn.base import clone

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.equity import customer_equity
from crm_ml.models.clv.gamma_gamma import GammaGamma
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.mbg_nbd import MBGNBD
from crm_ml.models.clv.nbd import NBD
from crm_ml.models.clv.pareto_nbd import ParetoNBD
from crm_ml.models.clv.simulation import simulate


@pytest.fixture(scope="module")
def model(cdnow):
    return LifetimeValue(BGNBD(time_unit="week"), GammaGamma(), margin=0.3).fit(cdnow)


def test_without_discounting_it_is_a_product(model, cdnow):
    found = model.predict(horizon_days=273, discount_rate=0)
    expected = model.purchases_.expected_purchases(cdnow, 39) * model.value_.expected_value(cdnow) * 0.3
    np.testing.assert_allclose(found["clv"], expected, rtol=1e-12)
    np.testing.assert_allclose(found["expected_purchases"], model.purchases_.expected_purchases(cdnow, 39))
    assert found.index.equals(cdnow.index)


@pytest.mark.parametrize("kind", [BGNBD, ParetoNBD, NBD])
def test_discounting_equals_a_fine_sum(cdnow, kind):
    """Weekly steps, each discounted at its middle, over three years."""
    fitted, some = kind(time_unit="week").fit(cdnow), cdnow.iloc[[0, 1, 2, 16, 40]]
    force = np.log(1.1) * 7 / 365.25
    curve = np.array([fitted.expected_purchases(some, t) for t in range(157)])
    by_hand = np.exp(-force * (np.arange(156) + 0.5)) @ np.diff(curve, axis=0)
    np.testing.assert_allclose(fitted.discounted_purchases(some, 156, force), by_hand, rtol=3e-6)


@pytest.mark.parametrize("kind", [BGNBD, MBGNBD, ParetoNBD])
def test_residual_value_for_ever(cdnow, kind):
    """DERT against adaptive quadrature of the expectation, one customer at a time."""
    fitted = kind(time_unit="week").fit(cdnow)
    for force in (0.002, 0.05):
        for place in (0, 1, 16):
            one = cdnow.iloc[[place]]

            def worth(s, one=one, force=force):
                return force * np.exp(-force * s) * fitted.expected_purchases(one, s).iloc[0]

            by_hand = sum(
                quad(worth, *part, epsrel=1e-9)[0] for part in ((0, 5 / force), (5 / force, 45 / force))
            )
            assert fitted.discounted_residual(one, force).iloc[0] == pytest.approx(by_hand, rel=1e-7)


def test_nbd_residual_has_a_closed_form(cdnow):
    fitted = NBD(time_unit="week").fit(cdnow)
    r, alpha = fitted.theta
    expected = (r + cdnow["frequency"]) / (alpha + cdnow["T"]) / 0.002
    np.testing.assert_allclose(fitted.discounted_residual(cdnow, 0.002), expected, rtol=1e-8)


def test_limits_hold_the_value_and_narrow_with_data(model, cdnow):
    found = model.predict()
    assert (found["clv_low"] < found["clv"]).all()
    assert (found["clv"] < found["clv_high"]).all()
    wider = model.predict(interval=0.99)
    assert (wider["clv_high"] > found["clv_high"]).all()
    more = LifetimeValue(BGNBD(time_unit="week"), margin=0.3).fit(cdnow.assign(count=100)).predict()
    width = np.log(found["clv_high"] / found["clv_low"])
    np.testing.assert_allclose(np.log(more["clv_high"] / more["clv_low"]), width / 10, rtol=1e-4)


def test_horizons_are_days_whatever_the_time_unit(model, cdnow):
    days = cdnow.assign(t_x=cdnow["t_x"] * 7, T=cdnow["T"] * 7)
    other = LifetimeValue(BGNBD(), margin=0.3).fit(days)
    pd.testing.assert_frame_equal(other.predict(), model.predict(), rtol=1e-7)


def test_no_visible_dropout_falls_back_to_nbd_and_says_so():
    truth = NBD(time_unit="week")
    truth.params_ = pd.Series({"r": 2.0, "alpha": 20.0})
    table = simulate(truth, np.full(3000, 50.0), seed=3)
    found = LifetimeValue(BGNBD(time_unit="week")).fit(table)
    assert isinstance(found.purchases_, NBD)
    assert "no dropout" in found.message_
    assert np.isfinite(found.predict()["expected_purchases"]).all()


def test_visible_dropout_keeps_the_model(model):
    assert isinstance(model.purchases_, BGNBD)
    assert model.message_ == ""


def test_without_amounts_purchases_are_predicted(cdnow):
    found = LifetimeValue(MBGNBD(time_unit="week")).fit(cdnow.drop(columns="monetary_value"))
    table = found.predict()
    assert table["clv"].isna().all()
    assert table["expected_purchases"].notna().all()
    assert "no amounts" in found.message_


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [np.nan] * 3, [-5.0, 0.0, 7.0], [7.0, 7.0, 7.0]])
def test_useless_amounts_never_crash(values):
    table = pd.DataFrame({"frequency": [0, 1, 3], "t_x": [0, 5, 9], "T": [9, 9, 9], "monetary_value": values})
    found = LifetimeValue().fit(table)
    clv = found.predict()["clv"]
    assert found.message_
    assert clv.isna().all() if np.isnan(values).all() else (clv >= 0).all()
    again = LifetimeValue.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    pd.testing.assert_frame_equal(again.predict(table), found.predict())


def test_worthless_purchases_are_worth_nothing_and_unknown_ones_unknown():
    table = pd.DataFrame(
        {"frequency": [0, 1, 3], "t_x": [0, 5, 9], "T": [9, 9, 9], "monetary_value": [0.0] * 3}
    )
    free = LifetimeValue().fit(table)
    found = free.predict()
    assert (found[["clv", "clv_low", "clv_high", "expected_value"]] == 0).all(axis=None)
    assert (found["expected_purchases"] > 0).all()
    assert "the value of every customer is 0" in free.message_
    assert customer_equity(free, table).figures["equity"] == 0.0
    once = pd.DataFrame({"frequency": [0, 0], "t_x": [0, 0], "T": [9, 5], "monetary_value": [0.0, 0.0]})
    unknown = LifetimeValue().fit(once)  # nobody came back: 0 is how a summary says that there is no value
    assert unknown.predict()["clv"].isna().all()
    assert "unknown" in unknown.message_
    known = LifetimeValue().fit(once.assign(first_value=0.0))
    assert (known.predict()["clv"] == 0).all()


def test_a_base_of_one_day_says_that_answers_come_from_the_penalty():
    table = pd.DataFrame({"frequency": [0] * 5, "t_x": [0] * 5, "T": [1] * 5, "monetary_value": [0.0] * 5})
    model = LifetimeValue(ParetoNBD()).fit(table.assign(first_value=20.0))
    assert model.purchases_.from_penalty_
    assert "penalty alone" in model.message_
    assert "P(no purchase)" in model.message_
    again = LifetimeValue.from_dict(json.loads(json.dumps(model.to_dict())))
    assert again.purchases_.from_penalty_
    assert not LifetimeValue().fit(table.assign(frequency=1, t_x=1)).purchases_.from_penalty_


def test_json_round_trip(model, cdnow):
    again = LifetimeValue.from_dict(json.loads(json.dumps(model.to_dict(), allow_nan=False)))
    pd.testing.assert_frame_equal(again.predict(cdnow), model.predict())
    with pytest.raises(InputError, match="summary"):
        again.predict()
    with pytest.raises(BundleError):
        LifetimeValue.from_dict({"kind": "Other"})
    damaged = model.to_dict()
    del damaged["purchases"]["covariance"]
    with pytest.raises(BundleError, match="incomplete"):
        LifetimeValue.from_dict(damaged)


def test_wrong_arguments_are_refused(model, cdnow):
    for arguments in ({"horizon_days": 0}, {"discount_rate": -0.1}, {"interval": 90}):
        with pytest.raises(InputError):
            model.predict(**arguments)
    with pytest.raises(InputError, match="margin"):
        LifetimeValue(margin=0).fit(cdnow)


def test_it_is_a_scikit_learn_estimator(model):
    copy = clone(model)
    assert copy.get_params(deep=False).keys() == {"purchases", "value", "margin"}
    assert not hasattr(copy, "purchases_")


def test_the_first_purchase_may_count_as_value(cdnow):
    """With `first_value` a one-time buyer is known by the own purchase."""
    rng = np.random.default_rng(0)
    first = cdnow.assign(first_value=rng.gamma(2.0, 15.0, len(cdnow)))
    model = GammaGamma().fit(first)
    assert model.left_out_ == 0
    one = pd.DataFrame({"frequency": [0, 0, 2], "t_x": [0, 0, 9], "T": [9, 9, 9]})
    one = one.assign(monetary_value=[0.0, 0.0, 30.0], first_value=[10.0, 90.0, 60.0])
    found = model.expected_value(one)
    assert found[0] < model.mean_value < found[1]
    assert found[2] == pytest.approx(model.value_of(np.array([3.0]), np.array([40.0]))[0])
    missing = model.expected_value(one.assign(first_value=np.nan))
    assert missing[0] == pytest.approx(model.mean_value)
