"""A fitted rule list as arrays, and how it is learnt: what classifier and regressor share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from crm_ml.models.estimator import Training
from crm_ml.models.losses import Loss
from crm_ml.models.matrix import Floats, Integers
from crm_ml.models.rule_candidates import forest_rules
from crm_ml.models.rule_conditions import ABOVE, AT_MOST, MISSING, Condition, Rule, conditions_of
from crm_ml.models.rule_search import ListSearch, first_match
from crm_ml.models.rule_trend import Trend

__all__ = ["RuleList", "search_rules"]

_OPERATORS = (AT_MOST, ABOVE, MISSING)
_ROWS = 15_000
_CUTS = 16


@dataclass(frozen=True)
class RuleList:
    """Ordered rules ending with one that always holds, a score for each, and the trend within each.

    Parameters
    ----------
    rules : list of Rule
    score : ndarray of shape (r, K)
        Scores of every rule; the link turns them into probabilities or an amount.
    root : ndarray of shape (K,)
        Scores of all customers.
    trend : Trend
    """

    rules: Sequence[Rule]
    score: Floats
    root: Floats
    trend: Trend

    def groups(self, X: Floats) -> Integers:
        """Return the number of the rule that decides for every row."""
        return first_match(self.rules[:-1], X)

    def scores(self, X: Floats) -> Floats:
        """Return the scores of every row, shape (n, K)."""
        group = self.groups(X)
        return np.asarray(self.score[group] + self.trend.shifts(X, group))

    def contributions(self, X: Floats, direction: Floats) -> Floats:
        """Return what each feature adds to ``scores @ direction``, shape (n, p).

        What a rule adds to the level of all customers is shared equally by its features; the last rule,
        which has none, shares among the features of all rules before it. The trend belongs to its feature.
        """
        group, total = self.groups(X), np.zeros(X.shape)
        everywhere = sorted({feature for rule in self.rules for feature in rule.features()})
        for k, rule in enumerate(self.rules):
            features = rule.features() or everywhere or list(range(X.shape[1]))
            rows = np.flatnonzero(group == k)
            total[np.ix_(rows, np.array(features))] = (self.score[k] - self.root) @ direction / len(features)
        shift = self.trend.shifts(X, group) @ direction
        feature = self.trend.feature[group]
        moved = np.flatnonzero(feature >= 0)
        total[moved, feature[moved]] += shift[moved]
        return total

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays of the parts: one row a condition, with the number of its rule."""
        rows = [
            (k, one.feature, _OPERATORS.index(one.operator), one.threshold)
            for k, rule in enumerate(self.rules)
            for one in rule.conditions
        ]
        conditions = np.array(rows, dtype=np.float64).reshape(-1, 4)
        return {"conditions": conditions, "score": self.score, "root": self.root, **self.trend.to_arrays()}

    @classmethod
    def from_arrays(cls, arrays: Any) -> RuleList:
        """Return the rule list that `to_arrays` described."""
        rules = [
            Rule(
                tuple(
                    Condition(int(feature), _OPERATORS[int(operator)], float(threshold))
                    for _, feature, operator, threshold in arrays["conditions"][
                        arrays["conditions"][:, 0] == k
                    ]
                )
            )
            for k in range(len(arrays["score"]))
        ]
        return cls(rules, arrays["score"], arrays["root"], Trend.from_arrays(arrays))


def search_rules(training: Training, loss: Loss, *, most: int, fewest: float, share: float) -> list[Rule]:
    """Return the best list of rules found, ending with the rule that always holds.

    Parameters
    ----------
    training : Training
        The search looks at 15,000 seeded rows at most; rates are measured on all afterwards.
    loss : Loss
        In nats, so that the prices of a description length hold.
    most : int
        Longest list, without the last rule.
    fewest, share : float
        Smallest rule, in customers and as a share of all.
    """
    n = len(training.y)
    if n > _ROWS:
        chosen = np.zeros(n, dtype=bool)
        chosen[np.random.default_rng(0).permutation(n)[:_ROWS]] = True
        training = training.rows(chosen)
    weight = training.weight
    smallest = min(max(fewest, share * weight.sum()), 0.1 * weight.sum())
    grid = conditions_of(training.X, cuts=_CUTS, fewest=smallest * len(weight) / weight.sum())
    if not grid:
        return [Rule()]
    sums = loss.columns(training.y, weight)
    rows = max(1, round(smallest * len(weight) / weight.sum()))
    candidates = forest_rules(
        training.X, training.y, weight, grid, fewest=rows, discrete=bool(training.classes)
    )
    parameters = max(1, len(training.classes) - 1)
    search = ListSearch(
        training.X, sums, weight, loss, grid, most=most, fewest=smallest,
        rule_price=0.5 * parameters * np.log(max(weight.sum(), 2.0)), condition_price=1.0,
    )  # fmt: skip
    return [*search.run(candidates), Rule()]
