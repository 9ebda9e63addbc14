"""Panels: features at rolling cutoffs beside what happened after each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.base.progress import track
from crm_ml.base.validation import check_choice
from crm_ml.data.normal import customer_days
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import Window, as_day
from crm_ml.features.build import build_feature_panel
from crm_ml.features.catalogue import beyond_history
from crm_ml.labels.behaviour import behaviour
from crm_ml.labels.settings import LabelSettings
from crm_ml.labels.tasks import TASKS, Task

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["Panel", "build_panel", "build_panels", "by_day", "comparable"]

_OF_LABELS = ("customer_id", "day", "amount", "sector", "is_purchase")  # columns of a log that labels read


@dataclass(frozen=True)
class Panel:
    """Rows of one task: a customer at a cutoff.

    Parameters
    ----------
    task : Task
        What is predicted.
    X : DataFrame
        Features; index ``customer_id, cutoff`` (dates), sorted.
    y : Series
        Label, same index; missing where the label is not defined for a customer.
    context : DataFrame
        Same index: ``established``; ``at_stake``, the own normal of the horizon with market index; ``value``,
        what was spent in the horizon (both in currency units, or purchase days); for judging only.
    """

    task: Task
    X: pd.DataFrame
    y: pd.Series
    context: pd.DataFrame

    def __len__(self) -> int:
        return len(self.y)

    @property
    def customers(self) -> npt.NDArray[Any]:
        """Customer of every row: the unit that folds and bootstrap draws keep together."""
        return np.asarray(self.X.index.get_level_values("customer_id"))

    @property
    def snapshots(self) -> list[npt.NDArray[np.intp]]:
        """Places of the rows of every cutoff, oldest first."""
        codes, cutoffs = pd.factorize(self.X.index.get_level_values("cutoff"), sort=True)
        if len(cutoffs) == 1:
            return [np.arange(len(codes))]
        return [np.flatnonzero(codes == code) for code in range(len(cutoffs))]

    def at(self, windows: Window | Iterable[Window]) -> Panel:
        """Return the rows of some windows."""
        chosen = [windows] if isinstance(windows, Window) else list(windows)
        cutoffs = {window.cutoff for window in chosen}
        return self.where(np.asarray(self.X.index.get_level_values("cutoff").isin(cutoffs)))

    def labelled(self) -> Panel:
        """Return the rows whose label is defined."""
        return self.where(self.y.notna().to_numpy())

    def established(self) -> Panel:
        """Return the rows of customers with an established pattern."""
        return self.where(self.context["established"].to_numpy(dtype=bool))

    def at_most(self, rows: int, seed: int = 0) -> Panel:
        """Return the rows of randomly drawn customers, all of theirs, when there are more than `rows`.

        Parameters
        ----------
        rows : int
            How many to keep, about.
        seed : int
            Same seed and customers, same draw.
        """
        if len(self) <= rows:
            return self
        owner, customers = pd.factorize(self.customers, sort=True)
        drawn = np.random.default_rng(seed).random(len(customers)) < rows / len(self)
        return self.where(drawn[owner])

    def where(self, mask: npt.NDArray[np.bool_]) -> Panel:
        """Return the rows that a mask keeps."""
        return replace(self, X=self.X[mask], y=self.y[mask], context=self.context[mask])


def build_panel(
    tx: Transactions,
    windows: Sequence[Window],
    task: str,
    settings: LabelSettings | None = None,
    *,
    X: pd.DataFrame | None = None,
) -> Panel:
    """Return the panel of one task; see :func:`build_panels`."""
    return build_panels(tx, windows, [task], settings, X=X)[task]


def build_panels(
    tx: Transactions,
    windows: Sequence[Window],
    tasks: Sequence[str],
    settings: LabelSettings | None = None,
    *,
    X: pd.DataFrame | None = None,
    drawn: Mapping[str, pd.Series] | None = None,
) -> dict[str, Panel]:
    """Return one panel a task over the same snapshots.

    Parameters
    ----------
    tx : Transactions
        The log.
    windows : sequence of Window
        Snapshots with closed horizons.
    tasks : sequence of str
        Names of :data:`crm_ml.labels.tasks.TASKS`.
    settings : LabelSettings, optional
        Thresholds of the labels; defaults when not given.
    X : DataFrame, optional
        Features that were built already (with own columns, say), index ``customer_id, cutoff``; rows of other
        cutoffs are left aside. Built from the whole catalogue when not given.
    drawn : mapping of str to Series, optional
        Task → labels that were drawn already (from more than the log), index ``customer_id, cutoff``.

    Returns
    -------
    dict of str to Panel

    Raises
    ------
    WindowError
        When a window is not fully observed.
    InputError
        When no window is given, a task is unknown, or X lacks customers.
    """
    if not windows:
        raise InputError("no windows", do="give at least one closed window")
    chosen = [TASKS[check_choice(name, TASKS, what="task")] for name in tasks]
    cutoffs = [window.cutoff for window in windows]
    table = build_feature_panel(tx, cutoffs) if X is None else _at(X, cutoffs)
    days = by_day(tx)
    drawn = drawn or {}
    open_tasks = [task for task in chosen if task.name not in drawn]
    parts = [
        _observe(days, window, open_tasks, settings or LabelSettings()) for window in track(windows, "labels")
    ]
    seen = pd.concat(parts, keys=cutoffs, names=["cutoff"])
    seen = seen.swaplevel().reindex(table.index)
    for task, labels in drawn.items():
        seen[f"y_{task}"] = labels.reindex(table.index)
    if seen["at_stake"].isna().any():
        strangers = table.index[seen["at_stake"].isna()][:3].tolist()
        raise InputError("features without a known customer and window behind them", got=strangers)
    context = seen[["established", "at_stake", "value"]]
    context = context.astype({"established": bool, "at_stake": float, "value": float})
    return {
        task.name: Panel(task, table, seen[f"y_{task.name}"].rename(task.name), context) for task in chosen
    }


def _at(X: pd.DataFrame, cutoffs: Sequence[dt.date]) -> pd.DataFrame:
    wanted = X.index.get_level_values("cutoff").isin(cutoffs)
    return X if wanted.all() else X[wanted]


def comparable(X: pd.DataFrame, tx: Transactions) -> tuple[pd.DataFrame, list[str]]:
    """Return the panel without features that look back farther than its first snapshot, and their names.

    "Revenue in the year before last" is 0 for everybody in the snapshots of a short history, means something
    at the next one, and would be asked to explain what it was never seen to explain.

    Parameters
    ----------
    X : DataFrame
        Index ``customer_id, cutoff``.
    tx : Transactions
        The log it was made from.
    """
    first = min(X.index.get_level_values("cutoff"))
    beyond = beyond_history([str(name) for name in X], as_day(first) - as_day(tx.first_day))
    return X.drop(columns=beyond), beyond


def by_day(tx: Transactions) -> Transactions:
    """Return the same log with one row a customer and day, computed once; enough for every label."""
    import narwhals as nw

    days = customer_days(tx).with_columns(is_purchase=nw.col("purchase") > 0)
    days = days.rename({"value": "amount"}) if tx.has_money else days
    if tx.has("sector"):
        told = tx.log.group_by("customer_id", "day").agg(nw.col("sector").max())
        days = days.join(told, on=["customer_id", "day"], how="left")
    columns = [name for name in _OF_LABELS if tx.has(name)]
    return replace(tx, log=tx.engine.materialise(days.select(*columns)), columns=tuple(columns))


def _observe(
    tx: Transactions, window: Window, tasks: Sequence[Task], settings: LabelSettings
) -> pd.DataFrame:
    happened = behaviour(tx, window, settings)
    unit = MONEY_SCALE if tx.has_money else 1
    columns: dict[str, pd.Series] = {
        "established": happened["established"],
        "at_stake": happened["normal"] / unit,
        "value": happened["actual"] / unit,
    }
    for task in tasks:
        label = task.label(tx, window, settings) if task.read is None else task.read(happened)
        columns[f"y_{task.name}"] = label
    return pd.DataFrame(columns)
