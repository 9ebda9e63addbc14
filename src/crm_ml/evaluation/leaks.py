"""Leak alarm: features that know too much, named before a model learns from them.

Own features are computed from days before the cutoff and cannot look ahead; columns that came with the data
can. Three signs: one column alone predicts implausibly well, it predicts far better in training than later
(what was filled in afterwards is not there yet for the present), or it is the customer id in disguise.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from crm_ml.base.notes import Note
from crm_ml.base.result import Result
from crm_ml.base.validation import check_fraction
from crm_ml.evaluation.metrics import Floats, auc
from crm_ml.evaluation.panel import Panel

__all__ = ["LeakSettings", "binary_outcome", "leak_alarm", "leaking"]

_ID = "customer_id"


@dataclass(frozen=True)
class LeakSettings:
    """When a column is suspected.

    Parameters
    ----------
    most_auc : float
        Alone it may not predict better than this.
    most_drop : float
        Nor lose more AUC than this from training to later data.
    id_correlation : float
        Nor follow the order of the customer ids closer than this (rank correlation).
    insist : tuple of str
        Columns that stay whatever the alarm says.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    most_auc: float = 0.9
    most_drop: float = 0.15
    id_correlation: float = 0.95
    insist: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("most_auc", "most_drop", "id_correlation"):
            check_fraction(getattr(self, name), what=name)


def leak_alarm(
    train: Panel,
    later: Panel | None = None,
    *,
    trusted: Collection[str] = (),
    settings: LeakSettings | None = None,
) -> Result:
    """Look for features that know what they cannot know.

    Parameters
    ----------
    train : Panel
        Training rows.
    later : Panel, optional
        Rows of a later cutoff; without them the fall after training is not looked at.
    trusted : collection of str
        Features computed from days before the cutoff (those of the catalogue): named when they predict
        implausibly well, never left out, since on a base that is long dead recency does just that.
    settings : LeakSettings, optional
        Defaults when not given.

    Returns
    -------
    Result
        A row a suspect: ``feature, kind`` (too_good, fades, id_order), ``auc_training, auc_later`` (turned
        above 0.5), ``excluded``, ``why``. Warnings say the same in words. :func:`leaking` lists what to
        leave out.
    """
    chosen = settings or LeakSettings()
    rows, truth = binary_outcome(train)
    after = None if later is None else binary_outcome(later)
    found = []
    for name in train.X.columns:
        kind, figures, why = _suspicion(str(name), rows, truth, after, chosen)
        if kind:
            kept = name in trusted or name in chosen.insist
            found.append((str(name), kind, *figures, not kept, why))
    order = _id_order(rows)
    strength = _strength(truth, order)
    if strength[0] > 0.6:
        why = Note("proof.leak_order", {"now": float(strength[0])})
        found.append((_ID, "id_order", strength[0], np.nan, True, why))
    columns = ["feature", "kind", "auc_training", "auc_later", "excluded", "why"]
    table = pd.DataFrame(found, columns=columns)
    table["why"] = pd.Series([row[-1] for row in found], dtype=object)  # notes, not just their English
    return Result(
        "leaks",
        table,
        parameters={"most_auc": chosen.most_auc, "most_drop": chosen.most_drop},
        n=len(rows),
        warnings=tuple(
            Note("proof.of_task", {"task": row.feature, "note": row.why}) for row in table.itertuples()
        ),
        formula="AUC of each column alone, its missing values as a value of their own",
        source="own",
    )


def leaking(alarm: Result) -> list[str]:
    """Return the features that should be left out of training."""
    table = alarm.table
    return [str(name) for name in table.loc[table["excluded"], "feature"] if name != _ID]


def binary_outcome(panel: Panel) -> tuple[Panel, Floats]:
    """Return the labelled rows of any task and, as 0 or 1, whether what the task asks for happened."""
    rows = panel.labelled()
    kind = panel.task.kind
    if kind == "regression":
        hit = rows.y > 0
    elif panel.task.name == "at_risk":
        hit = rows.y != "stays"
    elif kind == "binary":
        hit = rows.y == panel.task.positive
    else:
        hit = rows.y != rows.y.value_counts().index[0]
    return rows, np.asarray(hit, dtype=float)


def _suspicion(
    name: str,
    rows: Panel,
    truth: Floats,
    after: tuple[Panel, Floats] | None,
    settings: LeakSettings,
) -> tuple[str, tuple[float, float], str]:
    values = _values(rows.X[name])
    now, error = _strength(truth, values)
    then, later_error = (np.nan, 0.0) if after is None else _strength(after[1], _values(after[0].X[name]))
    figures = (now, then)
    if _follows(values, _id_order(rows)) > settings.id_correlation:
        return "id_order", figures, Note("proof.leak_follows")
    if now > settings.most_auc:
        return "too_good", figures, Note("proof.leak_too_good", {"now": float(now)})
    drop = now - then
    if drop > settings.most_drop and drop > 4 * np.hypot(error, later_error):
        return "fades", figures, Note("proof.leak_fades", {"now": float(now), "then": float(then)})
    return "", figures, ""


def _values(column: pd.Series) -> Floats:
    return column.to_numpy(dtype=float, na_value=np.nan)


def _strength(truth: Floats, values: Floats) -> tuple[float, float]:
    """Return the AUC of a column turned above 0.5, by value or by being missing, and its standard error."""
    missing = np.isnan(values)
    filled = np.where(missing, np.nanmedian(values) if not missing.all() else 0.0, values)
    each = [float(auc(truth, score)) for score in (filled, missing.astype(float))]
    area = max((max(one, 1 - one) for one in each if np.isfinite(one)), default=0.5)
    positives = truth.sum()
    negatives = len(truth) - positives
    if not positives or not negatives:
        return 0.5, 0.0
    # Hanley & McNeil 1982, Radiology 143: 29.
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (positives - 1) * (first - area**2) + (negatives - 1) * (second - area**2)
    return area, float(np.sqrt(max(spread, 0.0) / (positives * negatives)))


def _id_order(panel: Panel) -> Floats:
    ids = pd.Series(panel.customers)
    numbers = pd.to_numeric(ids.str.extract(r"(\d+)\D*$")[0], errors="coerce")
    # Ids without a number in them are ordered as text.
    return rankdata(ids) if numbers.isna().any() else numbers.to_numpy(dtype=float)


def _follows(values: Floats, order: npt.NDArray[np.float64]) -> float:
    seen = np.isfinite(values)
    if seen.sum() < 10 or np.ptp(values[seen]) == 0:
        return 0.0
    return abs(float(np.corrcoef(rankdata(values[seen]), rankdata(order[seen]))[0, 1]))
