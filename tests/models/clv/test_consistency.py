"""What must hold for every purchase model, found by discovery in the catalogue."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from crm_ml.base.exceptions import InputError
from crm_ml.models.clv.catalog import PURCHASE_MODELS, purchase_model_from_dict
from crm_ml.models.clv.simulation import simulate

TRUTH = {
    "BGNBD": [0.6, 8.0, 0.9, 2.5],
    "MBGNBD": [0.9, 8.0, 0.9, 2.5],
    "ParetoNBD": [0.7, 9.0, 0.7, 12.0],
    "BGBB": [1.2, 0.75, 0.7, 2.8],
    "NBD": [0.5, 10.0],
    "ErlangNBD": [1.2, 4.0, 0.8, 3.0],
}
ANSWERS = ("probability_alive", "expected_purchases", "probability_no_purchase")


def true_model(name):
    model = PURCHASE_MODELS[name](time_unit="week")
    if name == "ErlangNBD":
        model.set_params(k=2)
        model.k_ = 2
    model.params_ = pd.Series(dict(zip(model.parameters, TRUTH[name], strict=True)))
    return model


def customers(name, n=3000, seed=1):
    rng = np.random.default_rng(seed)
    ages = rng.integers(4, 13, n).astype(float) if name == "BGBB" else rng.uniform(20, 60, n).round(2)
    return simulate(true_model(name), ages, horizon=8, seed=seed)


@pytest.fixture(scope="module", params=list(PURCHASE_MODELS))
def fitted(request):
    """A model of each kind fitted on customers drawn from it."""
    name = request.param
    table = customers(name)
    model = PURCHASE_MODELS[name](time_unit="week")
    if name == "ErlangNBD":
        model.set_params(k=2)
    return model.fit(table), table


def answers(model, table, horizon=8):
    columns = {"probability_alive": model.probability_alive(table)}
    for name in ANSWERS[1:]:
        columns[name] = getattr(model, name)(table, horizon)
    return pd.DataFrame(columns)


def test_every_model_is_tested():
    assert set(TRUTH) == set(PURCHASE_MODELS)


def test_fit_converges_and_says_so(fitted):
    model, table = fitted
    assert model.converged_
    assert model.gradient_norm_ < 1e-8
    assert model.n_customers_ == len(table)
    assert np.isfinite(model.log_likelihood_)


def test_refitting_recovers_the_parameters(fitted):
    """Every true log-parameter lies within 4 standard errors."""
    model, _ = fitted
    distance = np.log(model.theta) - np.log(TRUTH[type(model).__name__])
    errors = np.sqrt(np.diag(model.log_covariance))
    assert (np.abs(distance) < 4 * errors).all()


def test_order_of_the_rows_does_not_matter(fitted):
    model, table = fitted
    shuffled = table.sample(frac=1, random_state=0)
    again = clone(model).fit(shuffled)
    np.testing.assert_allclose(again.theta, model.theta, rtol=1e-10)
    pd.testing.assert_frame_equal(answers(again, shuffled).sort_index(), answers(model, table), rtol=1e-9)


def test_weights_equal_repeated_rows(fitted):
    model, table = fitted
    weights = np.random.default_rng(0).integers(0, 4, len(table))
    weighted = clone(model).fit(table, sample_weight=weights)
    repeated = clone(model).fit(table.loc[table.index.repeat(weights)])
    counted = clone(model).fit(table.assign(count=weights))
    for other in (repeated, counted):
        np.testing.assert_allclose(weighted.theta, other.theta, rtol=1e-9)
        assert weighted.log_likelihood_ == pytest.approx(other.log_likelihood_, rel=1e-12)


def test_no_horizon_no_purchases(fitted):
    model, table = fitted
    table = table.head(50)
    assert (model.expected_purchases(table, 0) == 0).all()
    np.testing.assert_allclose(model.probability_no_purchase(table, 0), 1.0, rtol=1e-12)


def test_time_unit_does_not_change_predictions(fitted):
    model, table = fitted
    if model.discrete:  # opportunities have no other unit: the name of the unit changes nothing
        other = clone(model).set_params(time_unit="day").fit(table)
        pd.testing.assert_frame_equal(answers(other, table), answers(model, table))
        return
    days = table.assign(t_x=table["t_x"] * 7, T=table["T"] * 7)
    days["log_gaps"] = table["log_gaps"] + table["frequency"] * np.log(7)
    other = clone(model).set_params(time_unit="day").fit(days)
    pd.testing.assert_frame_equal(answers(other, days, 56), answers(model, table), rtol=1e-7)
    # A density of x moments has x units of time.
    shift = table["frequency"].sum() * np.log(7)
    assert other.log_likelihood_ == pytest.approx(model.log_likelihood_ - shift, rel=1e-10)


def test_chances_of_counts_are_a_distribution(fitted):
    """They sum to 1, their mean is the expectation, their first is P(no purchase)."""
    model, table = fitted
    table = table.sort_values("frequency").iloc[[0, 100, 1500, -300]]
    chances = model.distribution(table, 8, most=150)
    assert (chances >= -1e-15).all(axis=None)
    np.testing.assert_allclose(chances.sum(axis=1), 1.0, rtol=1e-9)
    np.testing.assert_allclose(chances @ np.arange(151), model.expected_purchases(table, 8), rtol=1e-9)
    np.testing.assert_allclose(chances[0], model.probability_no_purchase(table, 8), rtol=1e-9)


def test_expectations_match_what_happened(fitted):
    """In sum over customers, within 4 standard errors of the sum."""
    model, table = fitted
    for answer, truth in (
        (model.expected_purchases(table, 8), table["future"]),
        (model.probability_no_purchase(table, 8), table["future"] == 0),
        (model.probability_alive(table), table["alive"]),
    ):
        error = (answer - truth).std() * np.sqrt(len(table))
        assert abs(float((answer - truth).sum())) < 4 * error + 1e-6


def test_longer_horizons_bring_more(fitted):
    model, table = fitted
    table = table.head(200)
    expected = [model.expected_purchases(table, t) for t in (1, 5, 26, 260)]
    silent = [model.probability_no_purchase(table, t) for t in (1, 5, 26, 260)]
    for earlier, later in pairwise(expected):
        assert (later >= earlier).all()
    for earlier, later in pairwise(silent):
        assert (later <= earlier + 1e-15).all()


def test_json_round_trip_gives_the_same_answers(fitted):
    model, table = fitted
    again = purchase_model_from_dict(json.loads(json.dumps(model.to_dict())))
    pd.testing.assert_frame_equal(answers(again, table), answers(model, table))
    pd.testing.assert_frame_equal(again.covariance_, model.covariance_)
    assert again.to_dict() == model.to_dict()


def test_index_is_kept_and_input_left_alone(fitted):
    model, table = fitted
    named = table.head(9).set_axis([f"c{i}" for i in range(9)])
    before = named.copy()
    assert model.expected_purchases(named, 3).index.equals(named.index)
    pd.testing.assert_frame_equal(named, before)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_unfitted_and_wrong_input_are_refused(name):
    table = customers(name, 30)
    model = PURCHASE_MODELS[name]()
    with pytest.raises(NotFittedError, match="fit"):
        model.expected_purchases(table, 3)
    for wrong in (
        table.assign(frequency=-1),
        table.assign(t_x=table["T"] + 1),
        table.assign(T=np.nan),
        table.drop(columns="T"),
        table.iloc[:0],
    ):
        with pytest.raises(InputError):
            model.fit(wrong)
    with pytest.raises(InputError, match="time_unit"):
        PURCHASE_MODELS[name](time_unit="fortnight").fit(table)
    with pytest.raises(InputError, match="horizon"):
        model.fit(table).expected_purchases(table, -1)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
@pytest.mark.parametrize("unit", ["alive", "newcomers", "one", "no time", "constant", "all return"])
def test_degenerate_bases_get_a_defined_answer(name, unit):
    """Nobody returns, a single customer, no time passed, everybody the same: finite numbers and a message."""
    frames = {
        "alive": {"frequency": [0] * 50, "t_x": [0] * 50, "T": list(range(1, 51))},
        "newcomers": {"frequency": [0, 0, 1], "t_x": [0, 0, 1], "T": [0, 1, 1]},
        "one": {"frequency": [2], "t_x": [3], "T": [9]},
        "no time": {"frequency": [0, 0], "t_x": [0, 0], "T": [0, 0]},
        "constant": {"frequency": [5] * 80, "t_x": [10] * 80, "T": [11] * 80},
        "all return": {"frequency": [8, 9] * 40, "t_x": [12, 12] * 40, "T": [12, 12] * 40},
    }
    table = pd.DataFrame(frames[unit])
    model = PURCHASE_MODELS[name]().fit(table)
    found = answers(model, table)
    assert np.isfinite(found).all(axis=None)
    assert ((found["probability_no_purchase"] >= 0) & (found["probability_no_purchase"] <= 1)).all()
    assert (found["expected_purchases"] >= 0).all()
    assert model.message_ or unit in {"constant", "all return"}
    assert np.isfinite(model.theta).all()
