"""Rule induction for amounts: at most a dozen IF … THEN … rules with the mean of each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from crm_ml.models.amounts import amounts_for_log_link
from crm_ml.models.base import Learned, Regressor, Training
from crm_ml.models.losses import PoissonLoss, SquaredLoss
from crm_ml.models.matrix import Floats
from crm_ml.models.rule_list import Family, Limits, RuleList, group_sums, learn_rule_list
from crm_ml.models.rule_report import RuleReport, mean_interval, measured_on
from crm_ml.models.snapshots import held_out

__all__ = ["RuleListRegressor"]


class RuleListRegressor(Regressor):
    """An ordered list of rules for an amount, built like `RuleListClassifier`.

    When no amount is negative the judge is the quasi-Poisson deviance and the trend within a rule
    multiplies; else it is the squared error and the trend adds.

    Parameters
    ----------
    max_rules, min_customers, min_share, within_rule_order, random_state
        As for `RuleListClassifier`.

    Examples
    --------
    >>> X = pd.DataFrame({"orders": np.arange(1000) % 10})
    >>> y = np.where(X["orders"] > 6, 90.0, 10.0)
    >>> model = RuleListRegressor().fit(X, y)
    >>> model.predict(X.iloc[[2, 8]]).round(-1)
    array([10., 90.])
    """

    kind: ClassVar[str] = "rule_list_regressor"

    def __init__(
        self,
        max_rules: int = 12,
        min_customers: float = 50.0,
        min_share: float = 0.02,
        within_rule_order: bool = True,
        random_state: Any = 0,
    ) -> None:
        self.max_rules = max_rules
        self.min_customers = min_customers
        self.min_share = min_share
        self.within_rule_order = within_rule_order
        self.random_state = random_state

    @property
    def rules_(self) -> RuleReport:
        """The rules with mean amounts, on the customers that the search did not see."""
        return self._report(self.parts_.arrays["seen"], self.parts_.settings["measured"])

    def measure(self, X: Any, y: Any) -> RuleReport:
        """Return the rules with their means on other customers, such as those of a later snapshot."""
        amount = np.asarray(y, dtype=np.float64)
        return self._report(_seen(self._list, self._matrix(X), amount, np.ones(len(amount))), "later")

    def rule_of(self, X: Any, language: str = "en") -> pd.DataFrame:
        """Return number and words of the rule that decides for every row, with the index of X."""
        return self.rules_.of(self._list.groups(self._matrix(X)), X, language)

    def _learn(self, training: Training) -> Learned:
        limits = Limits(self.max_rules, self.min_customers, self.min_share, self.within_rule_order)
        mean = float(np.average(training.y, weights=training.weight))
        variance = float(np.average((training.y - mean) ** 2, weights=training.weight))
        amounts = amounts_for_log_link(training.y, training.weight)
        log_link = amounts is not None
        # Dividing by variance ÷ mean makes an amount as noisy as a count, which is what the loss assumes.
        unit = (variance / mean if log_link else np.sqrt(variance)) or 1.0
        scaled = replace(training, y=(training.y if amounts is None else amounts) / unit)
        split = held_out(training.table, np.zeros(len(training.y), dtype=np.int64), seed=self.random_state)
        found = learn_rule_list(scaled, split, _family(log_link, mean / unit), limits)
        shown = training if split is None else training.rows(split.judging)
        arrays = {**found.to_arrays(), "seen": _seen(found, shown.X, shown.y, shown.weight)}
        facts = {
            "measured": measured_on(training, split),
            "link": "log" if log_link else "identity",
            "unit": unit,
        }
        return Learned.of(arrays, facts=facts)

    def _wake(self) -> None:
        self._list = RuleList.from_arrays(self.parts_.arrays)

    def _value(self, matrix: Floats) -> Floats:
        score = self._margin(matrix, 0)
        amount = np.exp(np.minimum(score, 50.0)) if self.parts_.settings["link"] == "log" else score
        return np.asarray(amount * self.parts_.settings["unit"])

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return np.asarray(self._list.scores(matrix)[:, 0])

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return self._list.contributions(matrix, np.ones(1))

    def _base_margin(self, code: int) -> float:
        return float(self._list.root[0])

    def _report(self, seen: Floats, measured: str) -> RuleReport:
        n = seen[:, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = seen[:, 1] / n
            variance = seen[:, 2] / n - mean**2
            lift = mean / (seen[:, 1].sum() / n.sum())
        low, high = mean_interval(mean, variance, n)
        columns = {"n": n, "rate": mean, "low": low, "high": high, "lift": lift, "hits": seen[:, 1]}
        names = self.parts_.settings["features"]
        return RuleReport.of_list(self._list, pd.DataFrame(columns), names=names, measured=measured)


def _seen(rules: RuleList, X: Floats, amount: Floats, weight: Floats) -> Floats:
    columns = np.column_stack([weight, weight * amount, weight * amount**2])
    return group_sums(rules.groups(X), columns, len(rules.rules))


def _family(log_link: bool, mean: float) -> Family:
    prior = np.array([mean])
    if log_link:
        return Family(PoissonLoss(prior), np.log, _multiplied, _as_column)
    return Family(SquaredLoss(prior), np.asarray, _added, _as_column)


def _as_column(y: Floats) -> Floats:
    return y[:, None]


def _multiplied(scores: Floats) -> tuple[Floats, Floats]:
    mean = np.exp(np.minimum(scores, 50.0))
    return mean, mean


def _added(scores: Floats) -> tuple[Floats, Floats]:
    return scores, np.ones_like(scores)
