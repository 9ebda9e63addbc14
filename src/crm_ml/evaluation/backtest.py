"""Backtest: the same experiment at as many cutoffs as fit, judged together.

At every cutoff the models are trained, calibrated and judged as if it were today. Rankings are compared
within a cutoff and averaged over cutoffs; customers are resampled across all of them, since the same people
come back in every window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.base.notes import Note, day
from crm_ml.base.progress import track
from crm_ml.base.result import Result
from crm_ml.base.validation import check_choice
from crm_ml.data.windows import Window
from crm_ml.evaluation.base_level import ANCHORED, BaseLevel, anchored, foresee_base
from crm_ml.evaluation.baselines import BASELINES
from crm_ml.evaluation.candidates import fit_baseline, fit_candidate
from crm_ml.evaluation.comparison import Comparison
from crm_ml.evaluation.gates import check_cases
from crm_ml.evaluation.judge import judge
from crm_ml.evaluation.leak_gate import judge_own_columns, without
from crm_ml.evaluation.panel import Panel, build_panel, comparable
from crm_ml.evaluation.plan import Plan, plan_windows
from crm_ml.evaluation.recorded import record, recorded, stack
from crm_ml.evaluation.settings import EvaluationSettings
from crm_ml.features.build import build_feature_panel
from crm_ml.labels.settings import LabelSettings
from crm_ml.labels.tasks import TASKS, Label, Task
from crm_ml.models.base import Model

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["backtest", "backtest_windows"]

_REFERENCE = "decision_tree"


def backtest(
    model: str | Sequence[str],
    tx: Transactions,
    *,
    label: str | Label,
    windows: Sequence[Window],
    labels: LabelSettings | None = None,
    settings: EvaluationSettings | None = None,
    model_settings: Mapping[str, Mapping[str, Any]] | None = None,
    X: pd.DataFrame | None = None,
    panel: Panel | None = None,
    own: Mapping[str, Sequence[str]] | None = None,
    keep_leaking: Sequence[str] = (),
    hidden: Sequence[str] = (),
    snapshots: int = 6,
    seed: int = 0,
) -> Result:
    """Train and judge models at several past cutoffs, beside the baselines and the plain decision tree.

    Parameters
    ----------
    model : str or sequence of str
        Names of techniques, such as ``"lightgbm"``.
    tx : Transactions
        The log.
    label : str or label function
        Task, such as ``"stopped"`` or ``label_stopped``.
    windows : sequence of Window
        Test windows; each is predicted from label periods that closed on or before its cutoff.
    labels : LabelSettings, optional
        Thresholds of the labels.
    settings : EvaluationSettings, optional
        How models are judged.
    model_settings : mapping, optional
        Technique → own arguments.
    X : DataFrame, optional
        Features at the cutoffs of :func:`backtest_windows`; built when not given.
    panel : Panel, optional
        The rows of this task at those cutoffs, when several tasks share them; built of `X` and `labels` when
        not given.
    own : mapping of str to sequence of str, optional
        Own column → the features in `X` made of it: the leak alarm looks at them in every window, and what it
        leaves out in one is left out in all.
    keep_leaking : sequence of str
        Own columns that stay whatever the alarm says.
    hidden : sequence of str
        Columns that are there for the baselines only.
    snapshots : int
        Training snapshots a window at most.
    seed : int
        Seed of techniques that draw.

    Returns
    -------
    Result
        Table: a row a model as in :class:`~crm_ml.evaluation.comparison.Comparison`, averaged over the
        windows. Tables: ``windows`` (the same a window), ``differences``, ``calibration``, ``details``.
        Parameters hold ``champion``, ``verdict`` and ``reason``; warnings name windows that were left out.

    Raises
    ------
    InputError
        When no window can be judged.
    WindowError
        When a window is not fully observed.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> from crm_ml.data.windows import rolling_windows
    >>> tx = load_cdnow(sample=True)
    >>> windows = rolling_windows(tx, 2, horizon_days=60)
    >>> result = backtest("decision_tree", tx, label="stopped", windows=windows)
    >>> sorted(set(result.table["role"]))
    ['baseline', 'chance', 'model']
    """
    task = _task(label)
    names = list(dict.fromkeys([*([model] if isinstance(model, str) else model), _REFERENCE]))
    chosen = settings or EvaluationSettings()
    plans = [_plan(tx, window, snapshots) for window in windows]
    needed = _needed(plans)
    if not needed:
        raise InputError("no window has a closed training window before it", got=f"{len(windows)} windows")
    if panel is None:
        panel = build_panel(tx, needed, task.name, labels, X=_features(tx, needed) if X is None else X)
    folds, left_out = _folds(panel, plans, chosen)
    if not folds:
        raise InputError("no window can be judged", got="; ".join(left_out), do="choose a longer history")
    leaks = [judge_own_columns({task.name: panel}, plan, own or {}, keep_leaking) for plan in folds]
    panel = without(panel, own or {}, [name for one in leaks for name in one.left_out])
    notes = (*left_out, *dict.fromkeys(note for one in leaks for note in one.notes))
    arguments = model_settings or {}
    fit = partial(fit_candidate, seed=seed, hidden=hidden)
    judged = [
        _predict(names, panel, plan, arguments, fit=fit, level=_level(tx, plan, task))
        for plan in track(folds, f"backtest {task.name}")
    ]
    whole = _judge(judged, names, chosen)
    several = len(judged) > 1
    alone = [_judge([one], names, chosen, detailed=False).table if several else whole.table for one in judged]
    each = [table.assign(cutoff=_cutoff(one)) for table, one in zip(alone, judged, strict=True)]
    found = _result(whole, pd.concat(each, ignore_index=True), notes)
    customers = {customer for one in judged for customer in one.customers.tolist()}
    return replace(found, n=len(customers), basis=tx.basis)


def backtest_windows(tx: Transactions, windows: Sequence[Window], *, snapshots: int = 6) -> list[Window]:
    """Return every window whose features a backtest needs, oldest first."""
    return _needed([_plan(tx, window, snapshots) for window in windows])


def _task(label: str | Label) -> Task:
    if isinstance(label, str):
        return TASKS[check_choice(label, TASKS, what="label")]
    for task in TASKS.values():
        if task.label is label:
            return task
    raise InputError("unknown label function", got=repr(label), do=f"take one of {', '.join(TASKS)}")


def _plan(tx: Transactions, window: Window, snapshots: int) -> Plan:
    return plan_windows(tx, window.horizon_days, cutoff=window.cutoff, snapshots=snapshots)


def _features(tx: Transactions, windows: Sequence[Window]) -> pd.DataFrame:
    return comparable(build_feature_panel(tx, [window.cutoff for window in windows]), tx)[0]


def _needed(plans: Sequence[Plan]) -> list[Window]:
    return sorted({window for plan in plans if plan.train for window in plan.windows})


def _of_cutoff(plan: Plan, note: str) -> Note:
    """Return a note with the cutoff it is about before it."""
    return Note("proof.of_task", {"task": day(plan.test.cutoff), "note": note})


def _folds(
    panel: Panel, plans: Sequence[Plan], settings: EvaluationSettings
) -> tuple[list[Plan], tuple[str, ...]]:
    folds, left_out = [], []
    for plan in plans:
        if not plan.train:
            left_out.append(_of_cutoff(plan, plan.notes[0]))
            continue
        cases = check_cases(panel.at(plan.train), panel.at(plan.test), settings)
        if cases.enough:
            folds.append(plan)
        else:
            left_out.append(_of_cutoff(plan, cases.reason))
    return folds, tuple(left_out)


def _predict(
    names: Sequence[str],
    panel: Panel,
    plan: Plan,
    model_settings: Mapping[str, Mapping[str, Any]],
    *,
    fit: Callable[..., Model],
    level: BaseLevel | None,
) -> Panel:
    """Return the test rows with the answers of every model fitted before them as columns."""
    train, test = panel.at(plan.train).labelled(), panel.at(plan.test).labelled()
    later = None if plan.calibrate is None else panel.at(plan.calibrate).labelled()
    horizon = plan.test.horizon_days
    models: dict[str, Any] = {name: fit_baseline(name, train) for name in BASELINES}
    for name in names:
        own = model_settings.get(name)
        models[name] = fit(name, train, later, horizon_days=horizon, settings=own)
    known = panel.at(plan.test).X
    placed = {name: anchored(model, panel.task.name, known, level) for name, model in models.items()}
    return record(placed, test)


def _level(tx: Transactions, plan: Plan, task: Task) -> BaseLevel | None:
    if task.name not in ANCHORED:
        return None
    return foresee_base(tx, plan.test.cutoff, plan.test.horizon_days)


def _judge(
    judged: Sequence[Panel], names: Sequence[str], settings: EvaluationSettings, *, detailed: bool = True
) -> Comparison:
    joined = stack(judged)
    models, baselines = recorded(names, joined), recorded(BASELINES, joined)
    return judge(models, baselines, joined, settings, detailed=detailed)


def _cutoff(panel: Panel) -> Any:
    return panel.X.index.get_level_values("cutoff")[0]


def _result(whole: Comparison, each: pd.DataFrame, notes: tuple[str, ...]) -> Result:
    return Result(
        "backtest",
        whole.table,
        parameters={
            "task": whole.task,
            "windows": each["cutoff"].nunique(),
            "champion": whole.champion,
            "verdict": whole.verdict,
            "reason": whole.reason,
        },
        warnings=notes,
        formula="means over cutoffs; intervals resample customers across all of them",
        source="own",
        tables={
            "windows": each,
            "differences": whole.differences,
            "calibration": whole.calibration,
            "details": whole.details,
        },
    )
