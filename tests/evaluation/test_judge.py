"""One table with intervals and paired differences; who wins, who is withheld, what JSON keeps."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.evaluation.judge import judge
from crm_ml.evaluation.metrics import auc, brier_skill, lift_at
from crm_ml.evaluation.money import spend_gini
from crm_ml.evaluation.settings import EvaluationSettings

from .panels import Forecast, panel_of, risky

FAST = EvaluationSettings(replicates=100)


@pytest.fixture(scope="module")
def comparison():
    X, y = risky()
    models = {"good": Forecast("truth"), "decision_tree": Forecast("noisy")}
    baselines = {"recency_only": Forecast("noisy"), "base_rate": Forecast("share")}
    panel = panel_of("stopped", X, pd.Series(y, dtype="boolean"), established=X["truth"] > 0.2)
    return judge(models, baselines, panel, FAST, notes=["a note"], window={"cutoff": "2020-01-01"})


def test_every_figure_is_the_metric_of_the_later_rows(comparison):
    X, y = risky()
    row = comparison.row("good")
    assert row["auc"] == pytest.approx(auc(y, X["truth"]))
    assert row["lift"] == pytest.approx(lift_at(y, X["truth"]))
    assert row["brier_skill"] == pytest.approx(brier_skill(y, X["truth"]))
    assert row["slope"] == pytest.approx(1, abs=0.1)
    assert row["n"] == 4000
    assert row["positives"] == y.sum()
    for name in ("auc", "average_precision", "lift"):
        assert row[f"{name}_low"] < row[name] < row[f"{name}_high"]


def test_the_best_model_that_beats_the_best_baseline_is_champion(comparison):
    assert comparison.champion == "good"
    assert comparison.champion_is_model
    assert comparison.verdict == "beats_baseline"
    assert comparison.row("good")["delta_low"] > 0
    assert comparison.row("recency_only")["delta"] == 0


def test_chance_stands_in_the_table(comparison):
    row = comparison.row("chance")
    assert (row["auc"], row["lift"], row["brier_skill"]) == (0.5, 1.0, 0.0)
    assert row["average_precision"] == pytest.approx(risky()[1].mean())


def test_differences_are_paired_with_every_baseline_and_the_plain_tree(comparison):
    found = comparison.differences.set_index(["model", "against"])
    assert set(found.index.get_level_values("against")) == {"recency_only", "base_rate", "decision_tree"}
    same = found.loc[("decision_tree", "recency_only")]
    assert same["delta"] == same["delta_low"] == same["delta_high"] == 0


def test_the_established_have_figures_of_their_own(comparison):
    X, y = risky()
    peers = X["truth"] > 0.2
    row = comparison.details.set_index(["model", "population"]).loc[("good", "established")]
    assert row["auc"] == pytest.approx(auc(y[peers], X["truth"][peers]))


def test_the_calibration_curve_of_every_model_is_there(comparison):
    good = comparison.calibration[comparison.calibration["model"] == "good"]
    assert (good["forecast"] - good["observed"]).abs().max() < 0.08


def test_without_a_model_that_wins_the_best_baseline_speaks():
    X, y = risky()
    found = judge(
        {"poor": Forecast("noisy")},
        {"recency_only": Forecast("truth"), "base_rate": Forecast("share")},
        panel_of("stopped", X, pd.Series(y, dtype="boolean")),
        FAST,
    )
    assert (found.champion, found.verdict) == ("recency_only", "no_model_beats_baseline")


def test_a_ranking_no_better_than_chance_or_inverted_is_withheld():
    X, y = risky()
    X["inverted"] = 1 - X["truth"]
    panel = panel_of("stopped", X, pd.Series(y, dtype="boolean"))
    for column, word in (("random", "chance"), ("inverted", "inverted")):
        found = judge({"m": Forecast(column)}, {"recency_only": Forecast(column)}, panel, FAST)
        assert found.withheld
        assert found.champion == "base_rate"
        assert word in found.reason


def test_at_risk_is_judged_as_leaving_either_way_and_by_class():
    X, y = risky()
    random = np.random.default_rng(3)
    state = np.where(y, np.where(random.random(len(y)) < 0.5, "stops", "dries_up"), "stays")
    X["stays"] = 1 - X["truth"]
    model = Forecast("stays", classes=("dries_up", "stops", "stays"))
    panel = panel_of("at_risk", X, pd.Series(state, dtype="category"))
    found = judge({"m": model}, {"base_rate": Forecast("share", model.classes_.tolist())}, panel, FAST)
    assert found.row("m")["auc"] == pytest.approx(auc(y, X["truth"]))
    targets = found.details.loc[found.details["model"] == "m", "target"]
    assert set(targets) == {"dries_up", "stops", "stays"}


def test_segments_are_judged_over_all_classes_by_their_share():
    X, y = risky()
    labels = pd.Series(np.where(y, "top", np.where(X["random"] > 0.5, "small", "inactive")), dtype="category")
    model = Forecast("truth", classes=("inactive", "small", "top"))
    found = judge({"m": model}, {"base_rate": Forecast("share", ("inactive", "small", "top"))},
                  panel_of("segment", X, labels), FAST)  # fmt: skip
    assert 0.5 < found.row("m")["auc"] < auc(y, X["truth"])
    assert found.row("base_rate")["auc"] == pytest.approx(0.5)


def test_money_is_judged_by_gini_error_and_bias():
    X, _ = risky()
    spent = np.random.default_rng(5).poisson(20 * X["truth"]).astype(float)
    forecasts = pd.DataFrame(
        {"good": 20 * X["truth"], "flat": np.full(len(X), spent.mean()), "half": 10 * X["truth"]}
    )
    panel = panel_of("value", forecasts, pd.Series(spent, dtype="Float64"))
    found = judge(
        {"good": Forecast("good"), "half": Forecast("half")}, {"base_rate": Forecast("flat")}, panel, FAST
    )
    assert found.champion == "good"
    assert found.row("good")["gini"] == pytest.approx(spend_gini(spent, X["truth"]))
    assert found.row("half")["bias"] == pytest.approx(-0.5, abs=0.02)
    assert found.row("base_rate")["gini"] == pytest.approx(0)
    assert found.calibration.empty


def test_rows_without_label_are_left_out():
    X, y = risky(1000)
    labels = pd.Series(y, dtype="boolean").mask(X["random"] > 0.5)
    found = judge({"m": Forecast("truth")}, {"b": Forecast("noisy")}, panel_of("stopped", X, labels), FAST)
    assert found.row("m")["n"] == labels.notna().sum()


def test_the_same_input_gives_the_same_bytes():
    X, y = risky(800)
    panel = panel_of("stopped", X, pd.Series(y, dtype="boolean"))
    both = [
        judge({"m": Forecast("truth")}, {"b": Forecast("noisy")}, panel, FAST).to_dict() for _ in range(2)
    ]
    assert json.dumps(both[0]) == json.dumps(both[1])


def test_a_comparison_without_baselines_is_refused():
    X, y = risky(100)
    with pytest.raises(InputError, match="baselines"):
        judge({"m": Forecast("truth")}, {}, panel_of("stopped", X, pd.Series(y, dtype="boolean")))


def test_a_class_that_some_draws_lack_does_not_cost_a_model_its_title():
    """Two customers in a class are missing from every seventh draw; nothing can be said there, either way."""
    X, y = risky(600)
    labels = pd.Series(np.where(y, "high", "low")).mask(np.arange(600) < 2, "rare")
    classes = ("low", "rare", "high")
    models, baselines = {"good": Forecast("truth", classes)}, {"naive": Forecast("random", classes)}
    outcome = judge(models, baselines, panel_of("segment", X, labels), FAST)
    assert outcome.row("good")["better"] == 1.0
    assert outcome.champion == "good"
