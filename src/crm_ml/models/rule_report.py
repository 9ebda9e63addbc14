"""Rules as a person reads them: IF … THEN … with customers, rate, interval, lift and money."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from crm_ml.base.formats import format_number, format_share
from crm_ml.base.texts import has_text, text
from crm_ml.models.estimator import Training
from crm_ml.models.matrix import Floats, Integers
from crm_ml.models.rule_conditions import Rule, reader_name
from crm_ml.models.rule_list import RuleList
from crm_ml.models.snapshots import Split, latest_snapshot

__all__ = ["RuleReport", "mean_interval", "measured_on", "wilson_interval"]

_Z = 1.959963984540054


@dataclass(frozen=True)
class RuleReport:
    """A measured rule list; ``print`` it, or take ``to_frame()``.

    Parameters
    ----------
    rules : list of Rule
        In order; the last one has no conditions.
    names : list of str
        Feature names.
    label : str
        The class that rates speak of; empty for amounts.
    table : DataFrame
        Numbers of every rule: n, rate, low, high, lift, hits and what else was measured.
    trends : list of (feature, rises) or None
        Along which feature the rate changes within the rule.
    measured : {"training", "held_out", "later"}
    """

    rules: Sequence[Rule]
    names: Sequence[str]
    label: str
    table: pd.DataFrame
    trends: Sequence[tuple[str, bool] | None]
    measured: str

    @classmethod
    def of_list(
        cls,
        fitted: RuleList,
        table: pd.DataFrame,
        *,
        names: Sequence[str],
        measured: str,
        label: str = "",
        direction: Any = 1.0,
    ) -> RuleReport:
        """Return the report of a fitted list; `direction` turns slopes of scores into one of the class."""
        slopes = np.atleast_2d(fitted.trend.slope) @ np.atleast_1d(direction)
        trends = [
            (names[feature], bool(slope > 0)) if feature >= 0 else None
            for feature, slope in zip(fitted.trend.feature, slopes, strict=True)
        ]
        return cls(fitted.rules, names, label, table, trends, measured)

    def of(self, group: Integers, X: Any, language: str | None = "en") -> pd.DataFrame:
        """Return number and words of the rules of rows, with the index of X."""
        texts = np.array(self.texts(language), dtype=object)
        index = X.index if isinstance(X, pd.DataFrame) else None
        return pd.DataFrame({"rule": group + 1, "text": texts[group]}, index=index)

    def to_frame(self, language: str | None = None) -> pd.DataFrame:
        """Return one row a rule: rule, text, n, rate, low, high, lift, hits (and money when measured)."""
        frame = self.table.copy()
        frame.insert(0, "text", self.texts(language))
        frame.insert(0, "rule", np.arange(1, len(frame) + 1))
        return frame

    def texts(self, language: str | None = None) -> list[str]:
        """Return the conditions of every rule, in the words of a reader or (None) as formulas."""
        otherwise = text("rules.otherwise", language or "en")
        if language is None:
            return [rule.formula(self.names) or otherwise for rule in self.rules]
        return [rule.words(self.names, language) or otherwise for rule in self.rules]

    def text(self, language: str | None = None) -> str:
        """Return the whole list, in the words of a reader or (None) with formulas."""
        spoken = language or "en"
        lines = [text("rules.first", spoken, measured=text(f"rules.{self.measured}", spoken))]
        rows = zip(self.rules, self.texts(language), self.table.itertuples(), self.trends, strict=True)
        for number, (rule, conditions, row, trend) in enumerate(rows, start=1):
            outcome = self._outcome(
                row, spoken, self.label if language is None else _label(self.label, spoken)
            )
            line = f"{conditions} {outcome}"
            if rule.conditions:
                line = text("rules.rule", spoken, conditions=conditions, outcome=outcome)
            if trend is not None:
                feature = trend[0] if language is None else reader_name(trend[0], language)
                line += f"; {text('rules.rises' if trend[1] else 'rules.falls', spoken, feature=feature)}"
            lines.append(f"{number:>2}. {line}")
        return "\n".join(lines)

    def _outcome(self, row: Any, language: str, label: str) -> str:
        show = partial(format_share, decimals=1) if self.label else partial(format_number, decimals=2)
        numbers = {name: show(getattr(row, name), language) for name in ("rate", "low", "high")}
        n, lift = format_number(row.n, language), format_number(row.lift, language, decimals=2)
        return text("rules.outcome", language, label=label, n=n, lift=lift, **numbers).lstrip()

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = html.escape(self.text().splitlines()[0])
        return f"<p>{head}</p>{self.to_frame().to_html(index=False, border=0)}"


def _label(name: str, language: str) -> str:
    key = f"rules.label_{name}"
    return text(key, language) if has_text(key) else name


def wilson_interval(hits: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the 95 % interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22); NaN without customers.

    Examples
    --------
    >>> low, high = wilson_interval(np.array([8.0]), np.array([10.0]))
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.49, 0.943)
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        share, spare = hits / n, _Z**2 / n
        centre = (share + spare / 2) / (1 + spare)
        half = _Z * np.sqrt(share * (1 - share) / n + spare / (4 * n)) / (1 + spare)
    return np.asarray(np.maximum(centre - half, 0.0)), np.asarray(np.minimum(centre + half, 1.0))


def mean_interval(mean: Floats, variance: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the 95 % interval of a mean by the normal approximation; NaN without customers."""
    with np.errstate(invalid="ignore", divide="ignore"):
        half = _Z * np.sqrt(np.maximum(variance, 0.0) / n)
    return np.asarray(mean - half), np.asarray(mean + half)


def measured_on(training: Training, split: Split | None) -> str:
    """Return which customers the numbers of a fit come from, as `RuleReport` names them."""
    if split is None:
        return "training"
    return "held_out" if latest_snapshot(training.table) is None else "later"
