"""What the leak alarm says of own columns, and panels without those that know too much.

Features of the catalogue are computed from days before the cutoff and are trusted; on a base that is long
dead recency alone predicts implausibly well and is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_ml.base.notes import Note
from crm_ml.evaluation.leaks import LeakSettings, binary_outcome, leak_alarm
from crm_ml.evaluation.panel import Panel
from crm_ml.evaluation.plan import Plan

__all__ = ["LeakVerdict", "judge_own_columns", "without"]


@dataclass(frozen=True)
class LeakVerdict:
    """What was found in the own columns.

    Parameters
    ----------
    left_out : tuple of str
        Own columns that no model may learn from.
    notes : tuple of str
        Every suspect in words, those that stay because the config insists included.
    """

    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def judge_own_columns(
    panels: Mapping[str, Panel],
    plan: Plan,
    own: Mapping[str, Sequence[str]],
    keep: Sequence[str] = (),
) -> LeakVerdict:
    """Look in every task for own columns that know what they cannot know.

    A text column is judged as a whole: each of its categories alone may say little while together they tell
    the outcome. The test period is looked at as well: leaving a column out because it predicts that period
    too well can only make a model look worse.

    Parameters
    ----------
    panels : mapping of str to Panel
        Tasks with enough cases.
    plan : Plan
        Its training windows are looked at, with the calibration window as later data, and its test window.
    own : mapping of str to sequence of str
        Own column → the features made of it.
    keep : sequence of str
        Own columns that stay whatever the alarm says.
    """
    left_out: dict[str, None] = {}
    notes: dict[str, str] = {}
    for panel in panels.values() if own else ():
        for name, why, excluded in _suspects(panel, plan, own, keep):
            if excluded:
                left_out[name] = None
            notes.setdefault(name, _said(name, why, excluded))
    return LeakVerdict(tuple(left_out), tuple(notes.values()))


def without(panel: Panel, own: Mapping[str, Sequence[str]], names: Sequence[str]) -> Panel:
    """Return the panel without the features of some own columns."""
    gone = [feature for name in names for feature in own[name] if feature in panel.X]
    return replace(panel, X=panel.X.drop(columns=gone)) if gone else panel


def _suspects(
    panel: Panel, plan: Plan, own: Mapping[str, Sequence[str]], keep: Sequence[str]
) -> list[tuple[str, str, bool]]:
    train = panel.at(plan.train).labelled()
    later = None if plan.calibrate is None else panel.at(plan.calibrate).labelled()
    test = panel.at(plan.test).labelled()
    first, second, last = (
        _one_column_each(one, train, own) if one is not None and len(one) else None
        for one in (train, later, test)
    )
    settings = LeakSettings(insist=tuple(keep))
    alarms = [leak_alarm(first, second, settings=settings)] if first is not None else []
    # A state as known at the export, dated back, tells most of the period just before it.
    alarms += [leak_alarm(last, settings=settings)] if last is not None else []
    found = pd.concat([one.table[one.table["feature"].isin(list(own))] for one in alarms])
    return list(zip(found["feature"].astype(str), found["why"], found["excluded"].astype(bool), strict=True))


def _one_column_each(panel: Panel, train: Panel, own: Mapping[str, Sequence[str]]) -> Panel:
    """Return the panel with one number an own column: itself, or how often its category had the outcome."""
    made = {
        name: panel.X[features[0]] if len(features) == 1 else _rates(panel, train, features)
        for name, features in own.items()
        if set(features) <= set(panel.X)
    }
    return replace(panel, X=pd.DataFrame(made, index=panel.X.index))


def _rates(panel: Panel, train: Panel, features: Sequence[str]) -> pd.Series:
    _, truth = binary_outcome(train)
    rates = pd.Series(truth).groupby(_category(train.X[list(features)]).to_numpy()).mean()
    return _category(panel.X[list(features)]).map(rates)


def _category(indicators: pd.DataFrame) -> pd.Series:
    """Return the place of the category of every row, −1 where the customer is not in the table."""
    values = indicators.to_numpy(dtype=float)
    place = np.where(np.isnan(values).any(axis=1), -1, np.nan_to_num(values).argmax(axis=1))
    return pd.Series(place, index=indicators.index)


def _said(name: str, why: str, excluded: bool) -> Note:
    return Note("proof.leak_left_out" if excluded else "proof.leak_stays", {"name": name, "why": why})
