"""Baselines: the right score, honest probabilities, storable, and never the wrong way round."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.evaluation.baselines import BASELINES, baseline_from_parts, make_baseline
from crm_ml.evaluation.metrics import auc, brier_skill
from crm_ml.models.parts import Parts


@pytest.fixture
def table():
    random = np.random.default_rng(0)
    T = random.uniform(100, 400, 3000)
    rate = random.gamma(1.0, 0.02, 3000)
    frequency = random.poisson(rate * T).astype(float)
    recency = np.minimum(random.exponential(1 / rate), T)
    X = pd.DataFrame(
        {"recency_days": recency, "frequency": frequency, "T": T, "revenue": 20 * (frequency + 1)}
    )
    return X, random.random(3000) < np.exp(-rate * 90), random.poisson(rate * 90) * 20.0


@pytest.mark.parametrize("name", ["recency_only", "naive_rate"])
def test_the_ranking_is_the_plain_score_turned_towards_the_risk(table, name):
    X, stopped, _ = table
    model = make_baseline(name).fit(X, stopped)
    plain = {"recency_only": X["recency_days"], "naive_rate": -X["frequency"] / X["T"]}[name]
    assert auc(stopped, model.ranking(X)) == pytest.approx(auc(stopped, plain))
    assert auc(stopped, model.ranking(X)) > 0.6


@pytest.mark.parametrize("name", BASELINES)
def test_probabilities_are_calibrated_and_follow_the_ranking(table, name):
    X, stopped, _ = table
    half = len(X) // 2
    model = make_baseline(name).fit(X[:half], stopped[:half])
    proba = model.predict_proba(X[half:])
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert proba[:, 1].mean() == pytest.approx(stopped[half:].mean(), abs=0.03)
    assert brier_skill(stopped[half:], proba[:, 1]) > (-0.01 if name == "base_rate" else 0.03)
    order = np.argsort(model.ranking(X[half:]), kind="stable")
    assert (np.diff(proba[order, 1]) >= -1e-12).all()


def test_a_base_where_the_recent_leave_first_is_learned_that_way_round(table):
    X, stopped, _ = table
    model = make_baseline("recency_only").fit(X, ~stopped)
    assert auc(~stopped, model.ranking(X)) > 0.6


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_goes_through_its_parts_unchanged(table, name, kind, tmp_path):
    X, stopped, value = table
    model = make_baseline(name, kind=kind).fit(X, value if kind == "regressor" else stopped)
    again = baseline_from_parts(Parts.load(model.to_parts().save(tmp_path)))
    assert again is not None
    predict = "predict" if kind == "regressor" else "predict_proba"
    assert (getattr(again, predict)(X) == getattr(model, predict)(X)).all()
    assert (again.ranking(X) == model.ranking(X)).all()


def test_parts_of_a_model_are_no_baseline():
    assert baseline_from_parts(Parts("decision_tree")) is None


def test_contributions_add_up_to_the_margin(table):
    X, stopped, _ = table
    model = make_baseline("recency_only").fit(X, stopped)
    total = model.contributions(X).sum(axis=1) + model.base_margin()
    np.testing.assert_allclose(total, model.margin(X))


def test_several_classes_get_the_shares_of_their_bin(table):
    X, stopped, value = table
    labels = np.where(stopped, "stops", np.where(value > 60, "stays", "dries_up"))
    model = make_baseline("recency_only").fit(X, labels)
    proba = model.predict_proba(X)
    assert model.classes_.tolist() == ["dries_up", "stays", "stops"]
    for place, name in enumerate(model.classes_):
        assert proba[:, place].mean() == pytest.approx((labels == name).mean(), abs=0.02)


def test_money_goes_by_money_a_day_and_by_purchases_where_there_are_no_amounts(table):
    X, _, value = table
    for columns in (X, X.drop(columns="revenue")):
        model = make_baseline("naive_rate", kind="regressor").fit(columns, value)
        assert model.predict(columns).sum() == pytest.approx(value.sum(), rel=0.05)
    assert make_baseline("naive_rate", kind="regressor").fit(X, value).feature_names_in_[0] == "revenue"


def test_a_missing_score_gets_the_middle_of_the_curve(table):
    X, stopped, _ = table
    model = make_baseline("recency_only").fit(X, stopped)
    row = X.iloc[[0]].assign(recency_days=np.nan)
    assert 0 < model.predict_proba(row)[0, 1] < 1


def test_a_missing_column_or_unknown_name_is_named(table):
    X, stopped, _ = table
    with pytest.raises(ColumnError, match="recency_days"):
        make_baseline("recency_only").fit(X.drop(columns="recency_days"), stopped)
    with pytest.raises(InputError, match="recency_only"):
        make_baseline("recency")
