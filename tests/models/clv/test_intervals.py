"""Intervals hold the truth as often as they promise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.equity import cohort_forecast, customer_equity, equity_bridge
from crm_ml.models.clv.equity_change import equity_change
from crm_ml.models.clv.gamma_gamma import GammaGamma
from crm_ml.models.clv.intervals import interval
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.outcomes import outcome_interval
from crm_ml.models.clv.simulation import simulate
from crm_ml.models.clv.timing import next_purchase

SOME = pd.DataFrame({"frequency": [0, 2, 7], "t_x": [0, 30.0, 38.0], "T": [39.0, 39.0, 39.0]})


def truth():
    model = BGNBD(time_unit="week")
    model.params_ = pd.Series({"r": 0.6, "alpha": 8.0, "a": 0.9, "b": 2.5})
    value = GammaGamma()
    value.params_ = pd.Series({"p": 6.0, "q": 4.0, "v": 15.0})
    return model, value


@pytest.mark.slow
def test_coverage_of_parameter_intervals():
    """150 bases of 1,500 customers: 90 % limits of an answer hold the truth in 84 to 95 % of them."""
    model, _ = truth()
    asks = {
        "purchases": (lambda m: m.expected_purchases(SOME, 26), "log"),
        "silence": (lambda m: m.probability_no_purchase(SOME, 26), "logit"),
        "new": (lambda m: np.array([m.expected_purchases_new(52)]), "log"),
        "alive": (lambda m: m.probability_alive(SOME.iloc[1:]), "logit"),
        "exactly two": (lambda m: m.distribution(SOME, 26, 2)[2], "logit"),
    }
    inside = {name: [] for name in asks}
    for seed in range(150):
        table = simulate(model, np.random.default_rng(seed).uniform(20, 60, 1500), seed=seed)
        fitted = BGNBD(time_unit="week").fit(table)
        for name, (ask, scale) in asks.items():
            limits, right = interval(fitted, ask, level=0.9, scale=scale), np.asarray(ask(model))
            inside[name].append((limits["low"] <= right) & (right <= limits["high"]))
    for hits in inside.values():
        share = np.mean(np.array(hits), axis=0)
        assert ((share > 0.84) & (share < 0.955)).all()


@pytest.mark.slow
def test_coverage_of_lifetime_value_limits():
    model, value = truth()
    right = model.expected_purchases(SOME, 26) * value.mean_value
    hits = []
    for seed in range(100):
        ages = np.random.default_rng(seed).uniform(20, 60, 1500)
        table = simulate(model, ages, value=value, seed=seed)
        fitted = LifetimeValue(BGNBD(time_unit="week")).fit(table)
        found = fitted.predict(SOME.assign(monetary_value=0.0), horizon_days=182, discount_rate=0)
        hits.append((found["clv_low"] <= right) & (right <= found["clv_high"]))
    share = np.mean(hits, axis=0)
    assert ((share > 0.82) & (share < 0.97)).all()


@pytest.mark.slow
def test_coverage_of_equity_and_value_limits():
    """40 bases: what all customers, a cohort, a purchase and a customer for ever are worth by the truth."""
    model, value = truth()
    right_model = LifetimeValue(model).with_models(purchases=model, value=value)
    hits = {"equity": [], "cohort": [], "value": [], "for ever": []}
    for seed in range(40):
        ages = np.random.default_rng(seed).uniform(20, 60, 1500).round()
        table = simulate(model, ages, value=value, seed=seed)
        fitted, options = LifetimeValue(BGNBD(time_unit="week")).fit(table), {"discount_rate": 0.0}
        right = right_model.predict(table, horizon_days=182, interval=None, **options)
        equity = customer_equity(fitted, table, horizon_days=182, **options).table.loc["total"]
        hits["equity"].append(equity["equity_low"] <= right["clv"].sum() <= equity["equity_high"])
        cohort = pd.Series(np.where(table["T"] > 40, "old", "young"), table.index)
        found = cohort_forecast(fitted, table, cohort, [182]).table
        sums = right["expected_purchases"].groupby(cohort).sum()
        hits["cohort"].append(((found["low"] <= sums) & (sums <= found["high"])).to_numpy())
        some = SOME.assign(monetary_value=[0.0, 20.0, 90.0])
        worth = interval(fitted.value_, lambda m, some=some: m.expected_value(some))
        exact = value.expected_value(some)
        hits["value"].append(((worth["low"] <= exact) & (exact <= worth["high"])).to_numpy())
        ever = interval(fitted.purchases_, lambda m: m.discounted_residual(SOME.iloc[[1]], 0.02)).iloc[0]
        endless = model.discounted_residual(SOME.iloc[[1]], 0.02).iloc[0]
        hits["for ever"].append(ever["low"] <= endless <= ever["high"])
    for held in hits.values():
        share = np.mean(held, axis=0)
        assert np.all((share >= 0.8) & (share <= 1.0))


@pytest.mark.slow
def test_coverage_of_the_time_to_the_next_purchase():
    """60 bases: when the next purchase is expected, and by when it has come with a chance of 30 %."""
    model, _ = truth()
    hits = {"expected_time": [], "time_quantile": []}
    right = next_purchase(model, SOME, 52, share=0.3)
    for seed in range(60):
        table = simulate(model, np.random.default_rng(seed).uniform(20, 60, 1500), seed=seed)
        fitted = BGNBD(time_unit="week").fit(table)
        for name, held in hits.items():
            found = interval(fitted, lambda m, name=name: next_purchase(m, SOME, 52, share=0.3)[name])
            held.append((found["low"] <= right[name]) & (right[name] <= found["high"]))
    for held in hits.values():
        share = np.mean(held, axis=0)
        assert ((share > 0.8) & (share < 0.99)).all()


@pytest.mark.slow
def test_coverage_of_the_bridge_between_two_dates():
    """60 bases, 13 weeks apart: every row of the bridge by the truth lies within its limits."""
    model, value = truth()
    right_model = LifetimeValue(model).with_models(purchases=model, value=value)
    options, hits = {"horizon_days": 182, "discount_rate": 0.0}, []
    for seed in range(60):
        ages = np.random.default_rng(seed).uniform(20, 60, 1000).round()
        # The same purchases seen twice; 200 customers are gone from the second date, 200 new to it.
        before = simulate(model, ages, horizon=13, value=value, seed=seed)[:800]
        after = simulate(model, ages + 13, value=value, seed=seed)[200:]
        fitted = LifetimeValue(BGNBD(time_unit="week")).fit(before)
        found = equity_change(fitted, before, after, **options).table
        worth = [right_model.predict(table, interval=None, **options)["clv"] for table in (before, after)]
        right = equity_bridge(*worth).table["amount"]
        hits.append((found["low"] <= right) & (right <= found["high"]))
    share = np.mean(hits, axis=0)
    assert ((share > 0.8) & (share < 0.99)).all()


def test_a_bridge_of_one_model_adds_up_and_keeps_its_signs(cdnow):
    """Amounts are those of the plain bridge; each lies within its limits, an empty row has none to give."""
    model = LifetimeValue(BGNBD(time_unit="week")).fit(cdnow)
    later = cdnow.assign(T=cdnow["T"] + 4)
    found = equity_change(model, cdnow, later, basis="revenue")
    worth = [model.predict(table, interval=None)["clv"] for table in (cdnow, later)]
    pd.testing.assert_series_equal(found.table["amount"], equity_bridge(*worth).table["amount"])
    rows = found.table
    assert ((rows["low"] <= rows["amount"]) & (rows["amount"] <= rows["high"])).all()
    assert rows.loc["worth less", "high"] < 0 < rows.loc["end", "low"]
    assert rows.loc["new customers", ["amount", "low", "high"]].tolist() == [0.0, 0.0, 0.0]
    assert found.basis == "revenue"
    assert found.parameters["interval"] == 0.9


def test_an_answer_that_is_missing_nearby_has_no_limits():
    """A median just within the horizon: a slightly different model has none, so its error is unknown."""
    model, _ = truth()
    model.covariance_ = pd.DataFrame(0.01 * np.eye(4), index=model.params_.index, columns=model.params_.index)
    came = next_purchase(model, SOME, 26)["probability"][1]
    found = interval(model, lambda m: next_purchase(m, SOME.iloc[[1]], 26, share=came)["time_quantile"])
    assert found["value"].notna().all()
    assert found[["low", "high"]].isna().all(axis=None)


def test_coverage_of_outcomes():
    """What customers will really buy and spend lies within the limits for at least 9 of 10 of them."""
    model, value = truth()
    ages = np.random.default_rng(0).uniform(20, 60, 1500).round()
    table = simulate(model, ages, horizon=26, value=value, seed=0)
    fitted = LifetimeValue(BGNBD(time_unit="week")).fit(table)
    found = outcome_interval(fitted, table, horizon_days=182, draws=400)
    counts = (found["purchases_low"] <= table["future"]) & (table["future"] <= found["purchases_high"])
    # Counts are whole numbers: their limits hold a little more than they promise.
    assert 0.89 < counts.mean() <= 1.0
    spend = (found["value_low"] <= table["future_value"]) & (table["future_value"] <= found["value_high"])
    assert 0.88 < spend.mean() < 0.99
    pd.testing.assert_frame_equal(found, outcome_interval(fitted, table, horizon_days=182, draws=400))


def test_certain_answers_have_no_width(cdnow):
    """P(alive) of one-time buyers is 1 in BG/NBD whatever the parameters."""
    fitted = BGNBD(time_unit="week").fit(cdnow)
    found = interval(fitted, lambda m: m.probability_alive(cdnow.iloc[[2]]), scale="logit")
    assert found.iloc[0].tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(InputError, match="level"):
        interval(fitted, lambda m: m.expected_purchases(cdnow, 3), level=90)


def test_delta_method_agrees_with_draws_from_the_covariance(cdnow):
    fitted, rng = BGNBD(time_unit="week").fit(cdnow), np.random.default_rng(0)
    found = interval(fitted, lambda m: m.expected_purchases(SOME, 39), level=0.9)
    steps = rng.multivariate_normal(np.zeros(4), fitted.log_covariance, 800)
    drawn = np.array([fitted.moved(step).expected_purchases(SOME, 39) for step in steps])
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    np.testing.assert_allclose(found["low"], low, rtol=0.04)
    np.testing.assert_allclose(found["high"], high, rtol=0.04)
