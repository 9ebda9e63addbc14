"""Rules as a person reads them: IF … THEN … with customers, rate, interval, lift and money."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.validation import check_choice
from crm_ml.models.estimator import Training
from crm_ml.models.matrix import Floats, Integers
from crm_ml.models.rule_conditions import Rule
from crm_ml.models.rule_list import RuleList
from crm_ml.models.snapshots import latest_snapshot
from crm_ml.models.thresholds import localised

__all__ = ["LANGUAGES", "RuleReport", "mean_interval", "measured_on", "wilson_interval"]

LANGUAGES = ("en", "nl")
_Z = 1.959963984540054
_PHRASES = {
    "en": {
        "if": "IF",
        "then": "THEN",
        "otherwise": "OTHERWISE",
        "head": "The first rule that holds decides. Measured on {measured}.",
        "order": "; more as {feature} {direction}",
        True: "rises",
        False: "falls",
        "training": "the training customers",
        "held_out": "customers held out of the choice of rules",
        "later": "a later snapshot",
    },
    "nl": {
        "if": "ALS",
        "then": "DAN",
        "otherwise": "ANDERS",
        "head": "De eerste regel die klopt, beslist. Gemeten op {measured}.",
        "order": "; meer naarmate {feature} {direction}",
        True: "stijgt",
        False: "daalt",
        "training": "de klanten van de training",
        "held_out": "klanten die bij de keuze van de regels buiten beeld bleven",
        "later": "een later moment",
    },
}


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

    def of(self, group: Integers, X: Any, language: str = "en") -> pd.DataFrame:
        """Return number and words of the rules of rows, with the index of X."""
        texts = np.array(self.texts(language), dtype=object)
        index = X.index if isinstance(X, pd.DataFrame) else None
        return pd.DataFrame({"rule": group + 1, "text": texts[group]}, index=index)

    def to_frame(self, language: str = "en", labels: Mapping[str, str] | None = None) -> pd.DataFrame:
        """Return one row a rule: rule, text, n, rate, low, high, lift, hits (and money when measured)."""
        frame = self.table.copy()
        frame.insert(0, "text", self.texts(language, labels))
        frame.insert(0, "rule", np.arange(1, len(frame) + 1))
        return frame

    def texts(self, language: str = "en", labels: Mapping[str, str] | None = None) -> list[str]:
        """Return the conditions of every rule in words; `labels` gives features another name."""
        phrases = _PHRASES[check_choice(language, LANGUAGES, what="language")]
        shown = [(labels or {}).get(name, name) for name in self.names]
        return [rule.text(shown, language) or str(phrases["otherwise"]) for rule in self.rules]

    def text(self, language: str = "en", labels: Mapping[str, str] | None = None) -> str:
        """Return the whole list in words."""
        phrases = _PHRASES[check_choice(language, LANGUAGES, what="language")]
        lines = [str(phrases["head"]).format(measured=phrases[self.measured])]
        rows = zip(
            self.rules, self.texts(language, labels), self.table.itertuples(), self.trends, strict=True
        )
        for number, (rule, text, row, trend) in enumerate(rows, start=1):
            start = f"{phrases['if']} {text} {phrases['then']}" if rule.conditions else text
            order = ""
            if trend is not None:
                feature = (labels or {}).get(trend[0], trend[0])
                order = str(phrases["order"]).format(feature=feature, direction=phrases[trend[1]])
            lines.append(f"{number:>2}. {start} {self._outcome(row, language)}{order}")
        return "\n".join(lines)

    def _outcome(self, row: Any, language: str) -> str:
        shape = "{:.1%}" if self.label else "{:,.2f}"
        rate, low, high = (
            localised(shape.format(value), language).replace("%", " %")
            for value in (row.rate, row.low, row.high)
        )
        n, lift = localised(f"{row.n:,.0f}", language), localised(f"{row.lift:.2f}", language)
        return f"{self.label} {rate} (n = {n}; {low} – {high}; lift {lift})".lstrip()

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = html.escape(self.text().splitlines()[0])
        return f"<p>{head}</p>{self.to_frame().to_html(index=False, border=0)}"


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


def measured_on(training: Training, judges: npt.NDArray[np.bool_] | None) -> str:
    """Return which customers the numbers of a fit come from, as `RuleReport` names them."""
    if judges is None:
        return "training"
    return "held_out" if latest_snapshot(training.table) is None else "later"
