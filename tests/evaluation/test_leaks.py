"""The alarm names what knows too much and leaves alone what is merely good."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.evaluation.leaks import LeakSettings, leak_alarm, leaking

from .panels import panel_of, risky


def panel(seed=0, **columns):
    X, y = risky(seed=seed)
    for name, make in columns.items():
        X[name] = make(X, y)
    return panel_of("stopped", X, pd.Series(y, dtype="boolean"))


def closed(X, y):
    return np.where(y, X["random"], np.nan)  # an exit interview, held with those who left


def almost_the_outcome(X, y):
    return y + 0.1 * X["random"]


def reversed_outcome(X, y):
    return -almost_the_outcome(X, y)


def faded(X, y):
    return np.where(X["random"] < 0.4, y, 0.5)


def test_an_honest_base_raises_no_alarm():
    found = leak_alarm(panel(), panel(seed=1))
    assert found.table.empty
    assert leaking(found) == []


@pytest.mark.parametrize("leak", [closed, almost_the_outcome, reversed_outcome])
def test_a_column_recorded_after_the_fact_is_named_and_left_out(leak):
    found = leak_alarm(panel(leak=leak))
    assert leaking(found) == ["leak"]
    assert found.table.loc[0, "kind"] == "too_good"
    assert "after the fact" in found.warnings[0]


def test_a_column_that_is_not_filled_in_yet_later_is_named():
    later = panel(seed=1, leak=lambda X, y: np.full(len(X), np.nan))
    found = leak_alarm(panel(leak=faded), later)
    assert found.table[["feature", "kind"]].to_numpy().tolist() == [["leak", "fades"]]
    assert found.table.loc[0, "auc_later"] == pytest.approx(0.5)


def test_on_few_rows_a_fall_by_luck_raises_no_alarm():
    small = panel(leak=faded)
    mask = np.arange(len(small)) < 40
    later = panel(seed=1, leak=lambda X, y: X["random"])
    assert leak_alarm(small.where(mask), later.where(mask)).table.empty


def test_a_column_that_is_the_customer_number_in_disguise_is_named():
    found = leak_alarm(panel(account=lambda X, y: 1e6 + 3 * np.arange(len(X))))
    assert found.table[["feature", "kind"]].to_numpy().tolist() == [["account", "id_order"]]


def test_ids_that_carry_order_are_named_and_are_no_feature():
    X, y = risky()
    order = np.argsort(y, kind="stable")
    found = leak_alarm(panel_of("stopped", X.iloc[order], pd.Series(y[order], dtype="boolean")))
    assert found.table["feature"].tolist() == ["customer_id"]
    assert leaking(found) == []


def test_own_features_are_named_but_never_left_out_and_config_may_insist():
    rows = panel(recency_days=almost_the_outcome)
    assert leak_alarm(rows, trusted=["recency_days"]).table["excluded"].tolist() == [False]
    assert leaking(leak_alarm(rows, settings=LeakSettings(insist=("recency_days",)))) == []


def test_money_and_classes_are_looked_at_as_well():
    X, y = risky()
    X["leak"] = almost_the_outcome(X, y)
    spent = pd.Series(np.where(y, 10.0, 0.0), dtype="Float64")
    assert leaking(leak_alarm(panel_of("value", X, spent))) == ["leak"]
    state = pd.Series(np.where(y, "stops", "stays"), dtype="category")
    assert leaking(leak_alarm(panel_of("at_risk", X, state))) == ["leak"]
    assert leaking(leak_alarm(panel_of("segment", X, state))) == ["leak"]
