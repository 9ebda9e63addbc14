"""Audit of a training: do features stand in for a protected attribute, are all groups treated alike.

The table with the attribute is read for this alone: no model sees it, and only rates by group are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.base.notes import Note
from crm_ml.base.result import Result
from crm_ml.evaluation.experiment import Experiment
from crm_ml.evaluation.fairness import group_audit
from crm_ml.evaluation.panel import Panel
from crm_ml.evaluation.proxies import proxy_audit
from crm_ml.evaluation.targets import headline
from crm_ml.jobs.inputs import read_protected

if TYPE_CHECKING:
    from crm_ml.jobs.config import TrainConfig

__all__ = ["audit"]

_TASK = "stopped"


def audit(experiment: Experiment | None, config: TrainConfig) -> dict[str, dict[str, Any]]:
    """Return what the audit found: attribute → tables ``proxies`` and ``groups``, and ``warnings``.

    Judged on the test window, with the champion of stopping as it was judged there; selected is who would
    stand in the first part of the list by chance of stopping × usual spend.

    Raises
    ------
    ColumnError
        When the table lacks a column.
    """
    if config.audit is None:
        return {}
    table = read_protected(config.audit)
    if experiment is None or _TASK not in experiment.comparisons:
        nothing = [Note("monitor_notes.no_audit", {"task": _TASK})]
        return {str(name): {"proxies": {}, "groups": {}, "warnings": nothing} for name in table}
    panel = experiment.panels[_TASK].at(experiment.plan.test).labelled()
    forecast = _forecast(experiment, panel, config.evaluation.top_share)
    return {str(name): _attribute(panel, forecast, table[name], config) for name in table}


def _forecast(experiment: Experiment, panel: Panel, share: float) -> pd.DataFrame:
    champion = experiment.models[_TASK, experiment.comparisons[_TASK].champion]
    target = headline(champion, panel)
    rows = pd.DataFrame({"y": target.truths[0], "p": target.probabilities[0]}, index=panel.X.index)
    urgency = rows["p"] * panel.context["at_stake"].clip(lower=0)
    place = urgency.rank(ascending=False, method="first")
    return rows.assign(selected=place <= share * len(rows))


def _attribute(
    panel: Panel, forecast: pd.DataFrame, protected: pd.Series, config: TrainConfig
) -> dict[str, Any]:
    """Return both tables of one attribute; what cannot be judged is said and stops no training."""
    found: dict[str, Any] = {"warnings": []}
    audits: dict[str, Callable[[], Result]] = {
        "proxies": lambda: proxy_audit(panel.X, protected, config.fairness, seed=config.seed),
        "groups": lambda: group_audit(
            forecast["y"], forecast["p"], forecast["selected"], protected, config.fairness
        ),
    }
    for name, run in audits.items():
        try:
            result = run()
        except InputError as error:
            found[name] = {}
            found["warnings"].append(_of(protected, str(error)))
        else:
            found[name] = _plain(result)
            found["warnings"] += [_of(protected, warning) for warning in result.warnings]
    return found


def _of(protected: pd.Series, note: str) -> Note:
    """Return a note with the attribute it is about before it."""
    return Note("proof.of_task", {"task": str(protected.name), "note": note})


def _plain(result: Result) -> Mapping[str, list[Any]]:
    table = result.table.astype(object).where(result.table.notna(), None)
    return {str(name): [_number(value) for value in table[name]] for name in table}


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
