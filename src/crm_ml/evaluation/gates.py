"""When a model may be trained, when it may be champion, and when no ranking may be handed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crm_ml.base.notes import Note, Wording, model_name, number, share
from crm_ml.base.texts import has_text
from crm_ml.evaluation.measures import Measured
from crm_ml.evaluation.panel import Panel
from crm_ml.evaluation.selection import pick
from crm_ml.evaluation.settings import EvaluationSettings

__all__ = ["Cases", "Champion", "check_cases", "choose_champion"]


@dataclass(frozen=True)
class Cases:
    """Whether there are enough customers of either class to train on and to judge by.

    Parameters
    ----------
    enough : bool
        When false no model is trained and the base rate speaks.
    reason : str
        Why not; empty when there are enough.
    warnings : tuple of str
        Few, but enough.
    """

    enough: bool
    reason: str = ""
    warnings: tuple[str, ...] = ()


def check_cases(train: Panel, test: Panel, settings: EvaluationSettings | None = None) -> Cases:
    """Count customers of either class in training and in the later test.

    Customers are counted, not rows: six snapshots of one person are one case. For money the classes are
    "spent something" and "spent nothing"; for several classes the question is the two largest.

    Parameters
    ----------
    train, test : Panel
        Rows without label are left out.
    settings : EvaluationSettings, optional
        Defaults when not given.

    Returns
    -------
    Cases
    """
    chosen = settings or EvaluationSettings()
    warnings = []
    for place, panel in (("training", train), ("test", test)):
        where = Note(f"proof.where_{place}")
        name, count = _rarest(panel.labelled())
        if not name:
            return Cases(False, Note("proof.nobody_defined", {"where": where, "task": panel.task.name}))
        if count < chosen.least_cases:
            return Cases(False, _too_few(where, _outcome(panel.task.name, name), count, chosen.least_cases))
        if count < chosen.few_cases:
            outcome = _outcome(panel.task.name, name)
            warnings.append(Note("proof.few_cases", {"where": where, "n": count, "outcome": outcome}))
    return Cases(True, warnings=tuple(warnings))


def _too_few(where: Note, outcome: str, count: int, needed: int) -> Note:
    if not count:
        return Note("proof.all_alike", {"where": where, "outcome": outcome})
    key = "proof.too_few_case" if count == 1 else "proof.too_few_cases"
    return Note(key, {"where": where, "n": count, "outcome": outcome, "needed": needed})


def _outcome(task: str, name: str) -> str:
    """Return an outcome as a person says it; classes that have a name in the lists under that name."""
    for key in (f"proof.outcome_{task}_{name.lower()}", f"values.next_class.{name}"):
        if has_text(key):
            return Note(key)
    return name


def _rarest(panel: Panel) -> tuple[str, int]:
    kind = panel.task.kind
    labels = (panel.y > 0) if kind == "regression" else panel.y
    counts = pd.Series(panel.customers).groupby(labels.astype(str).to_numpy()).nunique()
    if len(counts) < 2:
        return str(counts.index[0]) if len(counts) else "", 0
    counts = counts.sort_values(ascending=False, kind="stable")
    place = 1 if kind == "multiclass" else len(counts) - 1
    return str(counts.index[place]), int(counts.iloc[place])


@dataclass(frozen=True)
class Champion:
    """Whose probabilities are used, and why.

    Parameters
    ----------
    name : str
        A model or a baseline.
    verdict : {"beats_baseline", "no_model_beats_baseline", "withheld"}
        The reason as a code.
    reason : str
        The reason in words; a note.
    """

    name: str
    verdict: str
    reason: str


def choose_champion(
    table: pd.DataFrame,
    baseline: str,
    *,
    main: str = "auc",
    settings: EvaluationSettings | None = None,
    selection: Mapping[str, Measured] | None = None,
) -> Champion:
    """Return the model that beats the best baseline on later data, else that baseline.

    Parameters
    ----------
    table : DataFrame
        Columns ``model, role``, the main figure with ``_low`` and ``_high``, ``delta`` and ``better`` to the
        best baseline, and ``brier_skill`` or ``rmse``.
    baseline : str
        The best baseline.
    main : {"auc", "gini"}
        What decides.
    settings : EvaluationSettings, optional
        Defaults when not given.
    selection : mapping of str to Measured, optional
        The models on an earlier snapshot, which decides between those that beat the baseline; see
        :func:`crm_ml.evaluation.selection.pick`.

    Returns
    -------
    Champion
    """
    chosen = settings or EvaluationSettings()
    rows: dict[str, dict[Any, Any]] = {str(row["model"]): row for row in table.to_dict("records")}
    able = [
        name
        for name, row in rows.items()
        if row["role"] == "model" and _beats(row, rows[baseline], chosen.confidence)
    ]
    name, tied = baseline, None
    if able and selection:
        name, tied = pick(able, selection, main, chosen.level)
    elif able:
        name = max(able, key=lambda one: rows[one][main])
    row, nothing = rows[name], 0.5 if main == "auc" else 0.0
    if not row[f"{main}_low"] > nothing:
        return Champion("base_rate", "withheld", _withheld(rows, main, nothing))
    if name == baseline:
        return _best_baseline(name, rows, main, nothing)
    if selection is None or tied is None:
        reason = Note("proof.gain", _gain(row, baseline) | _figure(row, main))
    else:
        nearer, farther = (number(selection[one].figures["rmse"], decimals=2) for one in (name, tied))
        amounts = {"other": model_name(tied), "nearer": nearer, "farther": farther}
        reason = Note("proof.gain_tied", _gain(row, baseline) | _figure(row, main) | amounts)
    return Champion(name, "beats_baseline", reason)


def _best_baseline(name: str, rows: dict[str, dict[Any, Any]], main: str, nothing: float) -> Champion:
    """Return the baseline that is used where no model beats the best one."""
    figure = _figure(rows[name], main)
    best = max((row[main] for row in rows.values() if row["role"] == "model"), default=None)
    used = _nearest_forecast(rows, main, nothing) if "rmse" in rows[name] else name
    values: dict[str, Any] = {"name": model_name(name), **figure}
    if best is None:
        reason = Note("proof.baseline_only", values)
    else:
        values |= {"best": number(best, decimals=3), "used": model_name(used)}
        reason = Note("proof.baseline_best" if used == name else "proof.closer", values)
    return Champion(used, "no_model_beats_baseline", reason)


def _gain(row: Mapping[Any, Any], baseline: str) -> dict[str, Wording]:
    """Return by how much and how surely a model beats the baseline, as notes take them."""
    delta = number(row["delta"], decimals=3, signed=True)
    return {"delta": delta, "share": share(row["better"]), "baseline": model_name(baseline)}


def _figure(row: Mapping[Any, Any], main: str) -> dict[str, Any]:
    """Return name, value and interval of the figure that decides, as notes take them."""
    names = {"value": main, "low": f"{main}_low", "high": f"{main}_high"}
    return {"figure": main, **{place: number(row[name], decimals=3) for place, name in names.items()}}


def _nearest_forecast(rows: dict[str, dict[Any, Any]], main: str, nothing: float) -> str:
    """Return the baseline whose amounts are nearest, among those that rank better than chance.

    Recency may order spenders best and still promise everybody the same amount.
    """
    able = [name for name, row in rows.items() if row["role"] == "baseline" and row[f"{main}_low"] > nothing]
    return min(able, key=lambda name: rows[name]["rmse"])


def _withheld(rows: dict[str, dict[Any, Any]], main: str, nothing: float) -> Note:
    """Say how the best of all rankings does, the base rate being none."""
    ranked = {name: row for name, row in rows.items() if name != "base_rate"} or rows
    name = max(ranked, key=lambda one: ranked[one][main])
    row = ranked[name]
    how = Note("proof.how_inverted" if row[f"{main}_high"] < nothing else "proof.how_chance")
    return Note("proof.withheld", {"name": model_name(name), "how": how, **_figure(row, main)})


def _beats(model: dict[Any, Any], baseline: dict[Any, Any], confidence: float) -> bool:
    """Whether a model ranks better with some certainty, and forecasts no worse than is useful."""
    ranks = model["delta"] > 0 and model["better"] >= confidence
    if "rmse" in model:
        return bool(ranks and model["rmse"] <= 1.1 * baseline["rmse"])
    return bool(ranks and model["brier_skill"] >= min(0.0, baseline["brier_skill"]))
