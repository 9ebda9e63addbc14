"""The level of the base: foreseen from the past alone, taken as far as it deserves, no ranking lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from crm_ml.data.datasets import load_cdnow
from crm_ml.data.windows import Window
from crm_ml.evaluation.base_level import BaseLevel, anchored, foresee_base
from crm_ml.evaluation.baselines import baseline_from_parts, make_baseline
from crm_ml.features.summary import rfm_summary
from crm_ml.labels.stopped import label_stopped
from crm_ml.labels.value import label_value
from crm_ml.models.catalog import from_parts
from crm_ml.models.linear import LinearRegressor, LogisticClassifier

from ..data.logs import log_of, steady_base


@pytest.fixture(scope="module")
def tx():
    return load_cdnow(sample=True)


def seasonal(days):
    """Customers who buy less often in the second half of every year."""
    kept = np.random.default_rng(3)
    return [row for row in steady_base(300, days) if row[1] % 365 < 182 or kept.random() < 0.6]


def test_the_foreseen_level_is_blind_to_the_horizon():
    rows = steady_base(150, 600)
    past = [row for row in rows if row[1] < 400]
    boom = [(customer, day, 50 * amount) for customer, day, amount in rows if day >= 400]
    span = {"first": 0, "last": 599}
    assert foresee_base(log_of(past, **span), 400, 60) == foresee_base(log_of(past + boom, **span), 400, 60)


def test_a_young_base_shares_the_level_between_model_and_process(tx):
    """No window of a year ago: at most half of the way, less where the process missed the last window."""
    level = foresee_base(tx, "1997-10-01", 90)
    assert 0 < level.trust_silent < 0.5
    assert 0 < level.trust_value < 0.5


def test_the_season_of_a_year_ago_is_known_again():
    """A process alone expects the mean of the year; who looked a year back expects the quiet half."""
    rows = seasonal(1200)
    tx = log_of(rows, first=0, last=1199)
    cutoff, horizon = 2 * 365 + 185, 90  # the quiet half of the third year begins
    level = foresee_base(tx, cutoff, horizon)
    came = label_value(tx, Window(cutoff, horizon)).sum()
    silent = label_stopped(tx, Window(cutoff, horizon)).mean()
    assert level.trust_value == level.trust_silent == 1
    assert level.value == pytest.approx(came, rel=0.15)
    assert level.silent == pytest.approx(silent, abs=0.05)
    young = log_of([(one, day - 735, money) for one, day, money in rows if day >= 735], first=0, last=464)
    plain = foresee_base(young, cutoff - 735, horizon)
    assert plain.trust_value < 1
    assert plain.value > 1.3 * came
    assert plain.silent < silent - 0.06


def test_without_a_repeat_purchase_nothing_is_foreseen():
    once = [(f"c{number}", number % 300, 10.0) for number in range(300)]
    assert foresee_base(log_of(once, first=0, last=400), 310, 60) is None


def test_without_amounts_purchases_are_the_value():
    tx = log_of(steady_base(150, 500), money=False)
    assert foresee_base(tx, 400, 60).value == pytest.approx(label_value(tx, Window(400, 60)).sum(), rel=0.15)


@pytest.fixture(scope="module")
def learnt(tx):
    rows = rfm_summary(tx, "1997-07-01")
    window = Window("1997-07-01", 90)
    stopped, value = label_stopped(tx, window).astype(bool), label_value(tx, window).astype(float)
    columns = rows.assign(recency_days=rows["T"] - rows["t_x"], revenue=rows["first_value"])
    return columns, stopped, value


@pytest.mark.parametrize("make", [LogisticClassifier, lambda: make_baseline("recency_only")])
def test_chances_meet_the_level_and_keep_their_order(learnt, make):
    rows, stopped, _ = learnt
    model = make().fit(rows, stopped)
    there = anchored(model, "stopped", rows, BaseLevel(0.9, 0.0, 1.0, 1.0))
    half = anchored(model, "stopped", rows, BaseLevel(0.9, 0.0, 0.5, 0.5))
    before, after = model.predict_proba(rows)[:, 1], there.predict_proba(rows)[:, 1]
    assert after.mean() == pytest.approx(0.9, abs=2e-3)
    assert before.mean() < half.predict_proba(rows)[:, 1].mean() < after.mean()
    assert roc_auc_score(stopped, after) == pytest.approx(roc_auc_score(stopped, before), abs=1e-12)
    np.testing.assert_allclose(there.predict_proba(rows).sum(axis=1), 1.0)


@pytest.mark.parametrize("make", [LinearRegressor, lambda: make_baseline("recency_only", kind="regressor")])
def test_amounts_meet_the_level(learnt, make):
    rows, _, value = learnt
    model = make().fit(rows, value)
    total = float(model.predict(rows).sum())
    there = anchored(model, "value", rows, BaseLevel(0.5, 2 * total, 1.0, 1.0))
    half = anchored(model, "value", rows, BaseLevel(0.5, 2 * total, 0.5, 0.5))
    np.testing.assert_allclose(there.predict(rows), 2 * model.predict(rows), rtol=1e-9)
    np.testing.assert_allclose(half.predict(rows), 2**0.5 * model.predict(rows), rtol=1e-9)


def test_a_moved_model_is_stored_as_data_and_answers_one_customer_at_a_time(learnt):
    rows, stopped, value = learnt
    level = BaseLevel(0.8, 5000.0, 0.5, 0.5)
    for task, labels in (("stopped", stopped), ("value", value)):
        kind = "classifier" if task == "stopped" else "regressor"
        plain = LogisticClassifier() if task == "stopped" else LinearRegressor()
        for model in (plain, make_baseline("naive_rate", kind=kind)):
            moved = anchored(model.fit(rows, labels), task, rows, level)
            again = baseline_from_parts(moved.to_parts()) or from_parts(moved.to_parts())
            ask = "predict_proba" if task == "stopped" else "predict"
            together = getattr(moved, ask)(rows)
            np.testing.assert_array_equal(getattr(again, ask)(rows), together)
            np.testing.assert_allclose(getattr(again, ask)(rows.iloc[[7]])[0], together[7], rtol=1e-12)


def test_other_tasks_and_empty_forecasts_stay_as_they_are(learnt):
    rows, stopped, value = learnt
    model = LogisticClassifier().fit(rows, stopped)
    assert anchored(model, "at_risk", rows, BaseLevel(0.9, 1.0)) is model
    assert anchored(model, "stopped", rows, None) is model
    nothing = LinearRegressor().fit(rows, pd.Series(0.0, index=value.index))
    assert anchored(nothing, "value", rows, BaseLevel(0.9, 1.0)) is nothing
