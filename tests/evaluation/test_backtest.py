"""Backtest: windows apart, averages over them, nothing from the future, and a word for what was left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm_ml.base.exceptions import InputError, WindowError
from crm_ml.data.datasets import load_cdnow
from crm_ml.data.windows import Window, as_date, before, rolling_windows
from crm_ml.evaluation.backtest import backtest, backtest_windows
from crm_ml.evaluation.settings import EvaluationSettings
from crm_ml.features.build import build_feature_panel
from crm_ml.labels.stopped import label_stopped

from ..data.logs import log_of, steady_base

FAST = EvaluationSettings(replicates=60)
FEATURES = ["recency_days", "frequency", "T", "revenue", "purchase_days"]


@pytest.fixture(scope="module")
def tx():
    return load_cdnow(sample=True)


@pytest.fixture(scope="module")
def features(tx):
    windows = backtest_windows(tx, rolling_windows(tx, 2, horizon_days=60))
    return build_feature_panel(tx, [window.cutoff for window in windows], features=FEATURES)


@pytest.fixture(scope="module")
def result(tx, features):
    windows = rolling_windows(tx, 2, horizon_days=60)
    return backtest("logistic", tx, label=label_stopped, windows=windows, settings=FAST, X=features)


def test_model_tree_baselines_and_chance_stand_side_by_side(result):
    assert result.table["model"].tolist() == [
        "logistic",
        "decision_tree",
        "recency_only",
        "naive_rate",
        "base_rate",
        "chance",
    ]
    assert result.parameters["windows"] == 2
    assert result.parameters["champion"] in set(result.table["model"])


def test_figures_are_means_over_windows(result):
    each = result.tables["windows"].groupby("model")[["auc", "average_precision", "lift"]].mean()
    whole = result.table.set_index("model")[["auc", "average_precision", "lift"]].loc[each.index]
    assert whole.drop("chance").to_numpy() == pytest.approx(each.drop("chance").to_numpy())


def test_intervals_are_narrower_over_two_windows_than_in_one(result):
    whole = result.table.set_index("model")
    each = result.tables["windows"].set_index(["model", "cutoff"])
    for _, rows in each.loc["recency_only"].iterrows():
        width = whole.loc["recency_only", "auc_high"] - whole.loc["recency_only", "auc_low"]
        assert width < rows["auc_high"] - rows["auc_low"]


def test_what_happens_after_the_first_window_changes_nothing_in_it(tx, result):
    """The earlier window judged alone, on a log that ends where its horizon ends."""
    window = rolling_windows(tx, 2, horizon_days=60)[0]

    cut = replace(tx, log=before(tx.log, window.end), last_day=as_date(window.end_day - 1))
    cutoffs = [one.cutoff for one in backtest_windows(cut, [window])]
    X = build_feature_panel(cut, cutoffs, features=FEATURES)
    alone = backtest("logistic", cut, label="stopped", windows=[window], settings=FAST, X=X)
    rows = result.tables["windows"]
    same = rows[rows["cutoff"] == window.cutoff].set_index("model")["auc"]
    again = alone.table.set_index("model")["auc"]
    for model in ("logistic", "recency_only"):
        assert again[model] == pytest.approx(same[model], rel=1e-9)


@pytest.mark.parametrize("label", ["at_risk", "value"])
def test_other_tasks(tx, features, label):
    windows = rolling_windows(tx, 2, horizon_days=60)[1:]
    found = backtest(
        "decision_tree",
        tx,
        label=label,
        windows=windows,
        settings=EvaluationSettings(replicates=20, least_cases=30),
        X=features,
    )
    assert found.parameters["task"] == label
    assert found.table["model"].tolist()[0] == "decision_tree"


def test_windows_without_training_or_cases_are_named(tx):
    early, late = Window("1997-02-15", 60), Window("1998-04-30", 60)
    found = backtest("decision_tree", tx, label="stopped", windows=[early, late], settings=FAST)
    assert found.parameters["windows"] == 1
    assert "1997-02-15" in found.warnings[0]
    with pytest.raises(InputError, match="no window"):
        backtest("decision_tree", tx, label="stopped", windows=[early])


def test_a_base_on_which_nobody_leaves_is_refused_with_the_count():
    tx = log_of(steady_base(150, pace=3.0))
    with pytest.raises(InputError, match="customers with outcome"):
        backtest("decision_tree", tx, label="stopped", windows=[Window(900, 60)])


def test_open_windows_and_unknown_labels_are_refused(tx):
    with pytest.raises(WindowError):
        backtest("decision_tree", tx, label="stopped", windows=[Window("1998-06-15", 60)])
    with pytest.raises(InputError, match="stopped"):
        backtest("decision_tree", tx, label="stoped", windows=[Window("1998-03-15", 60)])
