"""Fairness audit: error and selection rates by group.

The protected column is supplied for the audit only; it is never a feature and is stored nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.base.notes import Note, share
from crm_ml.base.result import Result
from crm_ml.base.validation import check_fraction, check_positive
from crm_ml.evaluation.calibration import wilson
from crm_ml.evaluation.metrics import Floats, auc

__all__ = ["FairnessSettings", "customers_of", "group_audit", "values_of_rows"]


@dataclass(frozen=True)
class FairnessSettings:
    """When the audit warns.

    Parameters
    ----------
    proxy_auc : float
        AUC of the features for a protected attribute above which they stand in for it.
    least_group : int
        Smaller groups are named, not judged: their rates are noise and their members recognisable.
    least_ratio : float
        Rate of a group ÷ rate of the group with the highest one, below which the difference is named (the
        four-fifths rule of the US Uniform Guidelines 1978).
    folds : int
        Parts in which customers are held out in turn.
    model : str
        Technique that tries to find the attribute.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    proxy_auc: float = 0.7
    least_group: int = 50
    least_ratio: float = 0.8
    folds: int = 5
    model: str = "lightgbm"

    def __post_init__(self) -> None:
        for name in ("proxy_auc", "least_ratio"):
            check_fraction(getattr(self, name), what=name)
        check_positive(self.folds - 1, what="folds beyond the first")


def group_audit(
    y: pd.Series,
    probability: pd.Series,
    selected: pd.Series,
    protected: pd.Series,
    settings: FairnessSettings | None = None,
) -> Result:
    """Compare error and selection rates between groups.

    Parameters
    ----------
    y : Series of bool
        What happened, one row a customer (or customer and cutoff).
    probability : Series of float
        Forecast of it, same index.
    selected : Series of bool
        Who was put on the call list, same index.
    protected : Series
        Attribute by customer id.
    settings : FairnessSettings, optional
        Defaults when not given.

    Returns
    -------
    Result
        A row a group: ``group, n, positives, base_rate, forecast, gap`` (forecast − base rate), ``selected``
        with ``selected_low, selected_high``, ``missed`` (share of the positives not selected),
        ``false_alarm`` (share of the negatives selected), ``precision, auc, ratio`` (selection rate ÷ the
        highest one). Groups that are too small have no rates.

    Raises
    ------
    InputError
        When nobody has both a forecast and the attribute.
    """
    chosen = settings or FairnessSettings()
    frame = pd.DataFrame({"y": y, "p": probability, "selected": selected}).astype(float)
    frame["group"] = values_of_rows(frame, protected).astype(object)
    frame = frame.dropna(subset=["y", "p", "selected", "group"])
    rates = [_rates(str(name), part, chosen) for name, part in frame.groupby("group", sort=True)]
    table = pd.DataFrame(rates)
    if table.empty:
        raise InputError(
            "no customer has both a forecast and the attribute", got=f"{len(protected)} customers"
        )
    table["ratio"] = table["selected"] / table["selected"].max()
    unequal = table[table["ratio"] < chosen.least_ratio]
    small = table.loc[table["selected"].isna(), "group"]
    warnings = [
        Note("monitor_notes.selected_less", {"group": name, "share": share(ratio)})
        for name, ratio in zip(unequal["group"], unequal["ratio"], strict=True)
    ]
    warnings += [Note("monitor_notes.few_to_judge", {"group": name}) for name in small]
    return Result(
        "group_audit",
        table,
        parameters={"least_group": chosen.least_group, "least_ratio": chosen.least_ratio},
        n=len(frame),
        warnings=tuple(warnings),
        formula="rates a group; interval of the selection rate by Wilson, 95 %",
        source="four-fifths rule: Uniform Guidelines on Employee Selection Procedures (1978)",
    )


def _rates(name: str, part: pd.DataFrame, settings: FairnessSettings) -> dict[str, Any]:
    row: dict[str, Any] = {"group": name, "n": len(part)}
    if len(part) < settings.least_group:
        return {**row, "selected": np.nan}
    truth, chosen = part["y"].to_numpy(), part["selected"].to_numpy()
    low, high = wilson(chosen.mean(), len(part))
    return {
        **row,
        "positives": int(truth.sum()),
        "base_rate": truth.mean(),
        "forecast": part["p"].mean(),
        "gap": part["p"].mean() - truth.mean(),
        "selected": chosen.mean(),
        "selected_low": float(low),
        "selected_high": float(high),
        "missed": 1 - _share(chosen, truth),
        "false_alarm": _share(chosen, 1 - truth),
        "precision": _share(truth, chosen),
        "auc": float(auc(truth, part["p"].to_numpy())),
    }


def _share(of: Floats, among: Floats) -> float:
    return float((of * among).sum() / among.sum()) if among.sum() else float("nan")


def customers_of(rows: pd.DataFrame) -> npt.NDArray[Any]:
    """Return the customer of every row, of a table by customer or by customer and cutoff."""
    level: Any = "customer_id" if isinstance(rows.index, pd.MultiIndex) else 0
    return np.asarray(rows.index.get_level_values(level))


def values_of_rows(rows: pd.DataFrame, protected: pd.Series) -> pd.Series:
    """Return the attribute of every row; missing where the customer has none."""
    if not protected.index.is_unique:
        raise InputError("a customer has two values of the protected attribute", do="give one row a customer")
    return protected.reindex(customers_of(rows)).set_axis(rows.index)
