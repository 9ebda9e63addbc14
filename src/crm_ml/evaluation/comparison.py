"""Models beside what they must beat, on later data, and which of them may be champion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from crm_ml.base.exceptions import InputError

__all__ = ["Comparison"]

_TABLES = ("table", "calibration", "details", "differences")


@dataclass(frozen=True)
class Comparison:
    """The outcome of judging several models on the same later rows.

    Parameters
    ----------
    task : str
        Name of the label.
    kind : {"binary", "multiclass", "regression"}
        What answer it takes.
    table : DataFrame
        One row a model; ``role`` is model, baseline or chance. Classification: ``n, positives, auc,
        average_precision, lift`` (each with ``_low, _high``), ``brier, brier_skill, log_loss, slope,
        intercept, value_captured, expected_profit``. Regression: ``n, gini`` (with interval), ``rmse,
        deviance, bias, rank_correlation``. Both: ``delta, delta_low, delta_high``, the paired difference of
        AUC (or Gini) to the best baseline, and ``better``, the share of draws in which it is above 0.
    calibration : DataFrame
        ``model, forecast, observed, low, high, n``: groups of equal size; empty for regression.
    champion : str
        Whose probabilities are used: a model, or the best baseline.
    reason : str
        Why.
    verdict : {"beats_baseline", "no_model_beats_baseline", "withheld", "too_few_cases"}
        The same as a code. After "withheld" no ranking may be handed out.
    window : mapping
        ``cutoff`` and ``horizon_days`` of the test.
    chance : mapping
        Chance level of the label, where there is one: see :mod:`crm_ml.evaluation.chance`.
    notes : tuple of str
        What a reader must know.
    details : DataFrame
        The same figures by ``target`` (class) and ``population`` (all, established).
    differences : DataFrame
        ``model, against, delta, delta_low, delta_high, better`` to every baseline and the decision tree.
    """

    task: str
    kind: str
    table: pd.DataFrame
    calibration: pd.DataFrame
    champion: str
    reason: str
    verdict: str
    window: Mapping[str, Any] = field(default_factory=dict)
    chance: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    details: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    differences: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)

    @property
    def withheld(self) -> bool:
        """Whether the ranking is no better than chance and must not be handed out."""
        return self.verdict == "withheld"

    @property
    def champion_is_model(self) -> bool:
        """Whether a model won, not a baseline."""
        return self.verdict == "beats_baseline"

    def row(self, model: str) -> pd.Series:
        """Return the figures of one model.

        Raises
        ------
        InputError
            When it was not judged.
        """
        rows = self.table[self.table["model"] == model]
        if rows.empty:
            raise InputError("no such model in the comparison", got=model, do=", ".join(self.table["model"]))
        return rows.iloc[0]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; NaN becomes None."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in _TABLES}
        tables = {name: _plain(getattr(self, name)) for name in _TABLES}
        return {
            **plain,
            "window": dict(self.window),
            "chance": _finite(dict(self.chance)),
            "notes": list(self.notes),
            **tables,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Comparison:
        """Return what `to_dict` gave."""
        tables = {name: _table(values[name]) for name in _TABLES}
        chance = _known(values["chance"])
        return cls(**{**values, "chance": chance, "notes": tuple(values["notes"]), **tables})


def _finite(value: Any) -> Any:
    """Return plain values with None for what is no number."""
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _known(value: Any) -> Any:
    """Return what `_finite` was given: NaN for None."""
    if isinstance(value, Mapping):
        return {name: _known(one) for name, one in value.items()}
    return math.nan if value is None else value


def _plain(table: pd.DataFrame) -> dict[str, list[Any]]:
    columns = table.astype(object).where(table.notna(), None)
    return {str(name): columns[name].tolist() for name in columns}


def _table(columns: Mapping[str, list[Any]]) -> pd.DataFrame:
    table = pd.DataFrame(dict(columns))
    # A column of numbers that holds None came from NaN.
    numeric = [name for name in table if all(_is_number(value) for value in columns[str(name)])]
    return table.astype({name: float for name in numeric if table[name].dtype == object})


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float)
