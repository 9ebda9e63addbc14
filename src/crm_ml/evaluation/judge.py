"""Judging fitted models on later rows: one table, paired intervals, one champion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval, share_above
from crm_ml.evaluation.calibration import calibration_curve
from crm_ml.evaluation.comparison import Comparison
from crm_ml.evaluation.gates import choose_champion
from crm_ml.evaluation.measures import Measured, main_figure, measure, measure_target
from crm_ml.evaluation.panel import Panel
from crm_ml.evaluation.settings import EvaluationSettings
from crm_ml.evaluation.targets import headline, one_by_one

__all__ = ["judge"]

_REFERENCE = "decision_tree"  # the plain model that every other one is compared with
_CURVE = ["model", "forecast", "observed", "low", "high", "n"]


def judge(
    models: Mapping[str, Any],
    baselines: Mapping[str, Any],
    panel: Panel,
    settings: EvaluationSettings | None = None,
    *,
    window: Mapping[str, Any] | None = None,
    chance: Mapping[str, Any] | None = None,
    notes: Iterable[str] = (),
    selection: Mapping[str, Measured] | None = None,
    detailed: bool = True,
) -> Comparison:
    """Compare fitted models and baselines on the rows of a later panel and choose the champion.

    Parameters
    ----------
    models, baselines : mapping of str to estimator
        Fitted on earlier windows; probabilities are taken as they are.
    panel : Panel
        The test rows; rows without label are left out.
    settings : EvaluationSettings, optional
        Defaults when not given.
    window, chance, notes
        Stored in the comparison.
    selection : mapping of str to Measured, optional
        The models on an earlier snapshot that they were not trained on: decides between models that beat the
        baselines, so that the winner is not picked on the test itself.
    detailed : bool
        Whether calibration curves and details are wanted beside the table.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        When no baseline is given, or no row has a label.
    """
    chosen = settings or EvaluationSettings()
    rows = panel.labelled()
    if not baselines or not len(rows):
        raise InputError("a comparison needs baselines and labelled rows", got=f"{len(rows)} rows")
    main = main_figure(rows)
    measured = _measure_all({**models, **baselines}, rows, chosen)
    roles = {**dict.fromkeys(models, "model"), **dict.fromkeys(baselines, "baseline")}
    best = max(baselines, key=lambda name: measured[name].figures[main])
    against = [*baselines, *(name for name in models if name == _REFERENCE)]
    differences = _differences(measured, against, main, chosen)
    paired = differences[differences["against"] == best].drop(columns="against")
    table = _table(measured, roles, len(rows)).merge(paired, on="model", how="left")
    champion = choose_champion(table, best, main=main, settings=chosen, selection=selection)
    return Comparison(
        task=panel.task.name,
        kind=panel.task.kind,
        table=pd.concat([table, _chance_row(table, rows)], ignore_index=True),
        calibration=_curves({**models, **baselines} if detailed else {}, rows),
        champion=champion.name,
        reason=champion.reason,
        verdict=champion.verdict,
        window=dict(window or {}),
        chance=dict(chance or {}),
        notes=tuple(notes),
        details=_details({**models, **baselines}, roles, rows, chosen) if detailed else pd.DataFrame(),
        differences=differences,
    )


def _measure_all(
    entries: Mapping[str, Any], panel: Panel, settings: EvaluationSettings
) -> dict[str, Measured]:
    bootstrap = CustomerBootstrap(panel.customers, settings.draws(len(panel)), settings.seed)
    return {name: measure(model, panel, bootstrap, settings) for name, model in entries.items()}


def _table(measured: Mapping[str, Measured], roles: Mapping[str, str], rows: int) -> pd.DataFrame:
    return pd.DataFrame(
        [{"model": name, "role": roles[name], "n": rows, **one.figures} for name, one in measured.items()]
    )


def _differences(
    measured: Mapping[str, Measured], against: Iterable[str], main: str, settings: EvaluationSettings
) -> pd.DataFrame:
    rows = []
    for other in against:
        for name, one in measured.items():
            drawn = one.draws - measured[other].draws
            low, high = interval(drawn, settings.level)
            delta = one.figures[main] - measured[other].figures[main]
            rows.append((name, other, delta, low, high, share_above(drawn)))
    return pd.DataFrame(rows, columns=["model", "against", "delta", "delta_low", "delta_high", "better"])


def _chance_row(table: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    row: dict[str, Any] = {"model": "chance", "role": "chance", "n": len(panel)}
    if panel.task.kind == "regression":
        return pd.DataFrame([{**row, "gini": 0.0, "rank_correlation": 0.0}])
    positives = float(table["positives"].iloc[0])
    share = positives / len(panel)
    even = {"auc": 0.5, "average_precision": share, "lift": 1.0, "brier_skill": 0.0}
    return pd.DataFrame([{**row, "positives": positives, **even}])


def _curves(entries: Mapping[str, Any], panel: Panel) -> pd.DataFrame:
    if panel.task.kind == "regression" or not entries:
        return pd.DataFrame(columns=_CURVE)
    curves = []
    for name, model in entries.items():
        target = headline(model, panel)
        curve = calibration_curve(target.truths.ravel(), target.probabilities.ravel())
        curves.append(curve.assign(model=name)[_CURVE])
    return pd.concat(curves, ignore_index=True)


def _details(
    entries: Mapping[str, Any], roles: Mapping[str, str], panel: Panel, settings: EvaluationSettings
) -> pd.DataFrame:
    """Return the headline among the established, and every class against the others.

    Intervals of details come from half of the draws: nothing is decided by them.
    """
    settings = replace(settings, replicates=max(settings.replicates // 2, 1))
    tables = []
    peers = panel.established()
    if 0 < len(peers) < len(panel) and not (peers.y == peers.y.iloc[0]).all():
        found = _table(_measure_all(entries, peers, settings), roles, len(peers))
        tables.append(found.assign(population="established", target=panel.task.name))
    if panel.task.kind == "multiclass":
        bootstrap = CustomerBootstrap(panel.customers, settings.draws(len(panel)), settings.seed)
        for name, model in entries.items():
            for target in one_by_one(model, panel):
                one = {name: measure_target(target, panel, bootstrap, settings)}
                found = _table(one, roles, len(panel))
                tables.append(found.assign(population="all", target=target.name))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
