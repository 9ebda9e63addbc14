"""The tasks: a label, what kind of answer it takes, and which outcome is the one to warn for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from crm_ml.labels.at_risk import label_at_risk, read_at_risk
from crm_ml.labels.drying_up import label_drying_up, read_drying_up
from crm_ml.labels.segment import label_segment
from crm_ml.labels.settings import LabelSettings
from crm_ml.labels.stopped import label_stopped, read_stopped
from crm_ml.labels.value import label_value

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.transactions import Transactions
    from crm_ml.data.windows import Window

__all__ = ["TASKS", "Label", "Task"]

Label: TypeAlias = "Callable[[Transactions, Window, LabelSettings | None], pd.Series]"


@dataclass(frozen=True)
class Task:
    """What is predicted.

    Parameters
    ----------
    name : str
        Name of the label.
    kind : {"binary", "multiclass", "regression"}
        What answer it takes.
    label : callable
        ``label(tx, window, settings)``: a Series over all known customers, missing where undefined.
    positive : str or bool, optional
        The outcome to warn for.
    read : callable, optional
        The same label from the table of :func:`crm_ml.labels.behaviour.behaviour`, so that several labels of
        a window cost one query.
    """

    name: str
    kind: Literal["binary", "multiclass", "regression"]
    label: Label
    positive: str | bool | None = None
    read: Callable[[pd.DataFrame], pd.Series] | None = None


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("stopped", "binary", label_stopped, True, read_stopped),
        Task("drying_up", "binary", label_drying_up, True, read_drying_up),
        Task("at_risk", "multiclass", label_at_risk, "stops", read_at_risk),
        Task("segment", "multiclass", label_segment),
        Task("value", "regression", label_value),
    )
}
