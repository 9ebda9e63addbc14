"""Every model beside every baseline on later data: `python benchmarks/accuracy.py > benchmarks/results/…`.

CRM_ML_DATA names the folder with the data; OMP_NUM_THREADS=1 keeps times comparable. Nothing is asserted:
read the numbers. BG/NBD, MBG/NBD and Pareto/NBD are fitted on what was known at the test cutoff, as their
authors do; everything else learns from label periods that closed on or before it.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from accuracy_bases import CASES, Case
from crm_ml.base.exceptions import CrmMlWarning
from crm_ml.data.windows import Window
from crm_ml.evaluation.base_level import BaseLevel, anchored, foresee_base
from crm_ml.evaluation.baselines import BASELINES
from crm_ml.evaluation.comparison import Comparison
from crm_ml.evaluation.experiment import Experiment, Recipe, run_experiment, windows_needed
from crm_ml.evaluation.judge import judge
from crm_ml.evaluation.panel import Panel, build_panels, comparable
from crm_ml.evaluation.plan import Plan, plan_windows
from crm_ml.evaluation.settings import EvaluationSettings
from crm_ml.features.build import build_feature_panel
from crm_ml.models.btyd import btyd_columns
from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.mbg_nbd import MBGNBD
from crm_ml.models.clv.pareto_nbd import ParetoNBD

TECHNIQUES = (
    *("logistic", "decision_tree", "neural_net", "rule_list", "lightgbm"),
    *("two_part", "btyd", "blend", "value_blend"),
)
PROCESSES = {"BG/NBD": BGNBD, "MBG/NBD": MBGNBD, "Pareto/NBD": ParetoNBD}
SETTINGS = EvaluationSettings(replicates=400)
AGAINST = ("recency_only", "naive_rate", "decision_tree")


class Process:
    """A purchase process fitted on the histories at the test cutoff, in the form of the other models."""

    classes_ = np.array([False, True])

    def __init__(self, model: Any, rows: pd.DataFrame, horizon_days: int) -> None:
        summary = rows[btyd_columns(rows)]
        self.found = (
            LifetimeValue(model)
            .fit(summary)
            .predict(summary, horizon_days=horizon_days, discount_rate=0.0, interval=None)
        )

    def predict_proba(self, X: pd.DataFrame) -> Any:
        none = self.found.loc[X.index, "probability_no_purchase"].to_numpy()
        return np.column_stack([1 - none, none])

    def predict(self, X: pd.DataFrame) -> Any:
        return self.found.loc[X.index, "clv"].to_numpy()


class Stopping(Process):
    """The same, ranked by −E(purchases): P(alive) is 1 for every one-time buyer."""

    def ranking(self, X: pd.DataFrame) -> Any:
        return -self.found.loc[X.index, "expected_purchases"].to_numpy()


class HandedOut:
    """`p_stopped` and `p_drying_up` as a list states them: stopping from its own model, the rest split."""

    def __init__(self, stopped: Any, at_risk: Any) -> None:
        self.stopped, self.at_risk, self.classes_ = stopped, at_risk, at_risk.classes_

    def predict_proba(self, X: pd.DataFrame) -> Any:
        stops = self.stopped.predict_proba(X)[:, list(self.stopped.classes_).index(True)]
        place = list(self.classes_).index("stops")
        found = self.at_risk.predict_proba(X)
        rest = np.delete(found, place, axis=1)
        rest = rest / rest.sum(axis=1, keepdims=True) * (1.0 - stops)[:, None]
        return np.insert(rest, place, stops, axis=1)


def run(case: Case) -> tuple[Experiment, dict[str, Comparison]]:
    """Fit everything on earlier windows and judge it on the test window."""
    tx = case.read()
    learn = case.learn_days or case.horizon_days
    plan = plan_windows(tx, learn, cutoff=case.cutoff)
    needed = [window for window in windows_needed(plan) if window.end_day <= plan.test.end_day]
    X, _ = comparable(build_feature_panel(tx, [window.cutoff for window in needed]), tx)
    recipe = Recipe(case.tasks, TECHNIQUES, evaluation=replace(SETTINGS, replicates=100))
    experiment = run_experiment(tx, plan, X, recipe)
    window = Window(case.cutoff, case.horizon_days)
    judged = build_panels(tx, [window], case.tasks, X=X)
    level = None  # as judged; beyond the learnt horizon only the purchase process can tell it
    if case.learn_days:
        level = foresee_base(tx, case.cutoff, case.horizon_days)
        level = level and replace(level, trust_silent=1.0, trust_value=1.0)
    found = {
        task: _judge(experiment, judged[task].at(window).labelled(), case, level)
        for task in experiment.comparisons
    }
    return experiment, found


def _judge(experiment: Experiment, rows: Panel, case: Case, level: BaseLevel | None) -> Comparison:
    task = rows.task.name
    fitted = {
        name: anchored(model, task, rows.X, level)
        for (one, name), model in experiment.models.items()
        if one == task
    }
    models = {name: model for name, model in fitted.items() if name not in BASELINES}
    baselines = {name: fitted[name] for name in BASELINES}
    if task == "at_risk":
        champions = [
            experiment.models[one, experiment.comparisons[one].champion] for one in ("stopped", task)
        ]
        models["**handed out**"] = HandedOut(*champions)
    if rows.task.kind != "multiclass":
        kind = Stopping if rows.task.kind == "binary" else Process
        for name, process in PROCESSES.items():
            baselines[name] = kind(process(), rows.X, case.horizon_days)
    return judge(models, baselines, rows, SETTINGS)


def report(case: Case, experiment: Experiment, found: dict[str, Comparison]) -> Iterator[str]:
    """Yield the lines of one case in Markdown."""
    yield f"\n## {case.base}, cutoff {case.cutoff}, {case.horizon_days} days ({case.seen})\n"
    yield _windows(experiment.plan, case)
    for task, comparison in found.items():
        product = experiment.comparisons[task]
        kind = "regression" if comparison.kind == "regression" else "classification"
        yield f"\n**{task}**, n = {int(comparison.table['n'].iloc[0]):,}. " + (
            f"The product hands out **{product.champion}** ({product.verdict})."
        )
        yield ""
        yield from _table(comparison, kind)
    for task, reason in experiment.skipped.items():
        yield f"\n**{task}**: no model – {reason}."


def _windows(plan: Plan, case: Case) -> str:
    learnt = f"{len(plan.train)} training snapshots, the last {plan.train[-1].cutoff}"
    later = f"calibrated on {plan.calibrate.cutoff}" if plan.calibrate else "no calibration snapshot"
    days = f"; models learn from {case.learn_days} days" if case.learn_days else ""
    return f"{learnt}, {later}{days}."


def _table(comparison: Comparison, kind: str) -> Iterator[str]:
    """Yield a row a model: figures with intervals, paired differences to the plain ways."""
    main = "gini" if kind == "regression" else "auc"
    figures = ("Gini", "bias") if main == "gini" else ("AUC", "AP", "lift", "Brier skill", "slope", "count")
    against = [one for one in AGAINST if (comparison.differences["against"] == one).any()]
    head = ("model", *figures, f"{'Gini' if main == 'gini' else 'AUC'} established")
    yield "| " + " | ".join((*head, *(f"− {one}" for one in against))) + " |"
    yield "|" + "---|" * (len(head) + len(against))
    peers = _established(comparison)
    rows = comparison.table[comparison.table["role"] != "chance"]
    for row in rows.sort_values(main, ascending=False).to_dict("records"):
        name = str(row["model"])
        cells = [f"*{name}*" if row["role"] == "baseline" else name, _with(row, main)]
        if main == "gini":
            cells += [f"{row['bias']:+.0%}"]
        else:
            cells += [_with(row, "average_precision"), f"{row['lift']:.2f}", f"{row['brier_skill']:+.3f}"]
            cells += [f"{row['slope']:.2f}", _count(comparison, name)]
        cells += [_with(peers[name], main) if name in peers else "", *_differences(comparison, name, against)]
        yield "| " + " | ".join(cells) + " |"


def _established(comparison: Comparison) -> dict[str, Any]:
    details = comparison.details
    if not len(details) or "population" not in details:
        return {}
    rows = details[(details["population"] == "established") & (details["target"] == comparison.task)]
    return {str(row["model"]): row for row in rows.to_dict("records")}


def _with(row: Any, name: str) -> str:
    return f"{row[name]:.4f} ({row[f'{name}_low']:.3f}–{row[f'{name}_high']:.3f})"


def _count(comparison: Comparison, name: str) -> str:
    """Return by how much the forecast number of the other outcome (buyers, for stopped) is off."""
    curve = comparison.calibration[comparison.calibration["model"] == name]
    forecast = float(((1 - curve["forecast"]) * curve["n"]).sum())
    observed = float(((1 - curve["observed"]) * curve["n"]).sum())
    return f"{forecast / observed - 1:+.0%}" if observed else ""


def _differences(comparison: Comparison, name: str, against: list[str]) -> list[str]:
    cells = []
    for other in against:
        pair = comparison.differences.query("model == @name and against == @other").iloc[0]
        same = name == other
        cells.append("" if same else f"{pair.delta:+.4f} ({pair.delta_low:+.4f} to {pair.delta_high:+.4f})")
    return cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="", help="part of a base's name; empty: all")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", CrmMlWarning)
    for case in CASES:
        if chosen.base.lower() in f"{case.base} {case.cutoff} {case.horizon_days}".lower():
            start = time.process_time()
            experiment, found = run(case)
            for line in report(case, experiment, found):
                print(line, flush=True)
            print(f"\n{time.process_time() - start:.0f} CPU seconds.", flush=True)


if __name__ == "__main__":
    main()
