"""Own columns that know the outcome leave the panels; a text column is judged as a whole."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from crm_ml.data.windows import Window
from crm_ml.evaluation.leak_gate import judge_own_columns, without
from crm_ml.evaluation.panel import Panel
from crm_ml.evaluation.plan import Plan

from .panels import panel_of, risky

CUTOFF = dt.date(2020, 1, 1)
PLAN = Plan((Window(CUTOFF, 90),), None, Window(dt.date(2020, 6, 1), 90))
OWN = {"status": ["status=a", "status=b", "status=c", "status=other"], "visits": ["visits"]}


def panel():
    X, y = risky()
    random = np.random.default_rng(1)
    # Four words, two for either outcome: each alone tells half of it.
    words = np.where(y, random.choice(["a", "b"], len(y)), random.choice(["c", "other"], len(y)))
    for name in OWN["status"]:
        X[name] = (words == name.removeprefix("status=")).astype(float)
    X["visits"] = random.poisson(3, len(y)).astype(float)
    X["recency_days"] = y.astype(float)
    return panel_of("stopped", X, pd.Series(y, dtype="boolean"))


def test_categories_that_together_tell_the_outcome_are_left_out():
    found = judge_own_columns({"stopped": panel()}, PLAN, OWN)
    assert found.left_out == ("status",)
    assert "'status' was left out" in found.notes[0]
    kept = without(panel(), OWN, found.left_out).X.columns
    assert not any(name.startswith("status") for name in kept)
    assert {"visits", "recency_days"} <= set(kept)


def test_customers_who_are_not_in_the_table_are_a_category_too():
    rows = panel()
    missing = rows.X.copy()
    missing.loc[rows.y.to_numpy(dtype=bool), OWN["status"]] = np.nan
    there = panel_of("stopped", missing.reset_index(drop=True), rows.y.reset_index(drop=True))
    assert judge_own_columns({"stopped": there}, PLAN, OWN).left_out == ("status",)


def test_who_insists_keeps_it_and_features_of_the_catalogue_are_never_looked_at():
    found = judge_own_columns({"stopped": panel()}, PLAN, OWN, keep=["status"])
    assert found.left_out == ()
    assert "keep_leaking names it" in found.notes[0]
    assert judge_own_columns({"stopped": panel()}, PLAN, {}).notes == ()


def test_a_state_as_known_at_the_export_is_found_in_the_test_period():
    """Dated back it says little of earlier periods, and everything of the last one."""
    early, late = panel(), panel()
    random = np.random.default_rng(3)
    told = np.where(
        early.y.astype(bool), random.choice([0, 1], len(early)), random.choice([2, 3], len(early))
    )
    vague = np.where(random.random(len(early)) < 0.3, told, random.integers(0, 4, len(early)))
    early.X[OWN["status"]] = np.eye(4)[vague]
    index = late.X.index.set_levels([PLAN.test.cutoff], level="cutoff")
    tables = [
        pd.concat([before, after.set_axis(index)])
        for before, after in ((early.X, late.X), (early.y, late.y), (early.context, late.context))
    ]
    both = Panel(early.task, *tables)
    assert judge_own_columns({"stopped": early}, PLAN, OWN).left_out == ()
    assert judge_own_columns({"stopped": both}, PLAN, OWN).left_out == ("status",)
