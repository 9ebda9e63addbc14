"""The gates: too few cases, too little better, honest probabilities, earlier data decide between winners."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.notes import said
from crm_ml.evaluation.gates import check_cases, choose_champion
from crm_ml.evaluation.measures import Measured
from crm_ml.evaluation.panel import Panel
from crm_ml.evaluation.settings import EvaluationSettings

from .panels import panel_of


def table_of(*rows):
    names = ["model", "role", "auc", "auc_low", "auc_high", "delta", "better", "brier_skill"]
    return pd.DataFrame(rows, columns=names)


BASE = ("recency_only", "baseline", 0.70, 0.68, 0.72, 0.0, 0.0, 0.10)


def test_a_model_that_is_better_by_luck_only_is_no_champion():
    found = choose_champion(table_of(("m", "model", 0.71, 0.69, 0.73, 0.01, 0.8, 0.12), BASE), "recency_only")
    assert (found.name, found.verdict) == ("recency_only", "no_model_beats_baseline")
    assert "0.710" in found.reason


def test_a_model_that_ranks_well_and_lies_about_chances_is_no_champion():
    found = choose_champion(table_of(("m", "model", 0.80, 0.78, 0.82, 0.1, 1.0, -0.3), BASE), "recency_only")
    assert found.name == "recency_only"


def test_between_winners_the_earlier_snapshot_decides_not_the_test():
    rows = table_of(
        ("a", "model", 0.80, 0.78, 0.82, 0.10, 1.0, 0.2),
        ("b", "model", 0.79, 0.77, 0.81, 0.09, 1.0, 0.2),
        BASE,
    )
    assert choose_champion(rows, "recency_only").name == "a"
    earlier = {name: Measured({"auc": value}, np.empty(0)) for name, value in (("a", 0.74), ("b", 0.75))}
    assert choose_champion(rows, "recency_only", selection=earlier).name == "b"


def money(draws_of_other, rmse_of_other=80.0):
    """Models of money: `sharp` has the higher Gini on both snapshots."""
    names = ["model", "role", "gini", "gini_low", "gini_high", "delta", "better", "rmse"]
    rows = [
        ("sharp", "model", 0.80, 0.78, 0.82, 0.10, 1.0, 95.0),
        ("near", "model", 0.79, 0.77, 0.81, 0.09, 1.0, 90.0),
        ("naive_rate", "baseline", 0.70, 0.68, 0.72, 0.0, 0.0, 100.0),
    ]
    draws = np.random.default_rng(0).normal(0.76, 0.05, 200)
    earlier = {
        "sharp": Measured({"gini": 0.76, "rmse": 1090.0}, draws),
        "near": Measured({"gini": 0.75, "rmse": rmse_of_other}, draws - 0.01 + draws_of_other),
    }
    table = pd.DataFrame(rows, columns=names)
    return choose_champion(table, "naive_rate", main="gini", selection=earlier)


def test_models_of_money_that_tie_in_ranking_are_told_apart_by_their_amounts():
    """The paired interval of the difference holds 0: who forecasts amounts nearer earlier is taken."""
    wobble = np.random.default_rng(1).normal(0, 0.02, 200)
    found = money(wobble)
    assert (found.name, found.verdict) == ("near", "beats_baseline")
    assert found.reason.startswith("gini 0.790 (0.770 to 0.810); +0.090 on naive_rate")
    assert found.reason.endswith(
        "On the calibration snapshot sharp ranks no better with any certainty and misses amounts by more "
        "(RMSE 1,090.00 against 80.00)"
    )
    assert said(found.reason, "nl").endswith(
        "Op het ijkmoment ordent ‘sharp’ niet aantoonbaar beter en zit het bij bedragen verder mis "
        "(RMSE 1.090,00 tegen 80,00)"
    )


def test_a_surely_better_ranking_of_money_wins_whatever_its_amounts():
    """The same 0.01, but in every draw: no tie, although the intervals of the two overlap widely."""
    found = money(np.zeros(200))
    assert found.name == "sharp"
    assert "calibration snapshot" not in found.reason


def test_a_tie_with_worse_amounts_changes_nothing():
    found = money(np.random.default_rng(1).normal(0, 0.02, 200), rmse_of_other=1200.0)
    assert found.name == "sharp"
    assert "calibration snapshot" not in found.reason


def test_an_interval_that_touches_chance_withholds_the_ranking():
    rows = table_of(("recency_only", "baseline", 0.55, 0.49, 0.61, 0.0, 0.0, 0.0))
    found = choose_champion(rows, "recency_only")
    assert (found.name, found.verdict) == ("base_rate", "withheld")


def labels(positives, n=2000):
    y = pd.Series(np.arange(n) < positives, dtype="boolean")
    return panel_of("stopped", pd.DataFrame({"x": np.zeros(n)}), y)


@pytest.mark.parametrize(
    ("train", "test", "enough", "warned"),
    [(600, 600, True, 0), (600, 300, True, 1), (300, 300, True, 2), (600, 99, False, 0), (99, 600, False, 0)],
)
def test_cases_of_either_class_decide_whether_anything_is_trained(train, test, enough, warned):
    for positives in ((train, test), (2000 - train, 2000 - test)):
        found = check_cases(labels(positives[0]), labels(positives[1]))
        assert found.enough is enough
        assert len(found.warnings) == warned
    if not enough:
        assert "99 customers" in found.reason


def test_customers_count_once_whatever_the_number_of_snapshots():
    panel = labels(90)
    index = panel.X.index
    one = pd.MultiIndex.from_arrays([["one"] * 2000, index.get_level_values("cutoff")], names=index.names)
    parts = [part.set_axis(one) for part in (panel.X, panel.y, panel.context)]
    assert "1 customer " in check_cases(Panel(panel.task, *parts), labels(600)).reason


def test_one_class_only_is_too_few():
    assert not check_cases(labels(0), labels(600)).enough


def test_a_label_that_nobody_has_is_told_as_such():
    nobody = labels(600)
    nobody = Panel(nobody.task, nobody.X, nobody.y.mask(nobody.y.notna()), nobody.context)
    assert check_cases(nobody, labels(600)).reason == "training holds nobody for whom 'stopped' is defined"


def test_money_counts_who_spent_and_who_did_not():
    spent = pd.Series(np.r_[np.ones(150), np.zeros(1850)], dtype="Float64")
    panel = panel_of("value", pd.DataFrame({"x": np.zeros(2000)}), spent)
    assert check_cases(panel, panel).enough
    assert not check_cases(panel, panel, EvaluationSettings(least_cases=200)).enough


def test_segments_need_two_large_classes_not_every_class():
    names = pd.Series(["inactive"] * 1500 + ["small"] * 490 + ["top"] * 10, dtype="category")
    panel = panel_of("segment", pd.DataFrame({"x": np.zeros(2000)}), names)
    found = check_cases(panel, panel)
    assert found.enough
    assert "small" in found.warnings[0]
