"""A fitted rule list as arrays, and how it is learnt: what classifier and regressor share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from crm_ml.base.validation import check_fraction, check_positive
from crm_ml.models.estimator import Training
from crm_ml.models.linear import LinearRegressor, LogisticClassifier
from crm_ml.models.losses import Loss
from crm_ml.models.matrix import Floats, Integers
from crm_ml.models.rule_candidates import forest_rules
from crm_ml.models.rule_conditions import ABOVE, AT_MOST, MISSING, Condition, Rule, conditions_of
from crm_ml.models.rule_search import ListSearch, confirmed, first_match
from crm_ml.models.rule_trend import Link, Trend
from crm_ml.models.snapshots import Split

__all__ = ["Family", "Limits", "RuleList", "group_sums", "learn_rule_list"]

_OPERATORS = (AT_MOST, ABOVE, MISSING)
_ROWS = 10_000
_CUTS = 12
# A label is one draw; what a linear model of all features expects is steadier. Three quarters of what the
# search counts is that expectation, so rules follow fewer accidents. Labels alone then confirm or drop each
# rule, and every number that is shown counts labels only.
_TEACHING = 0.75
_RULE_PRICE, _CONDITION_PRICE = 0.125, 0.5


@dataclass(frozen=True)
class Limits:
    """How long the list and how small a rule may be.

    Parameters
    ----------
    most : int
        Longest list, without the last rule.
    fewest, share : float
        Smallest rule, in customers and as a share of all; at most a tenth of all.
    ordered : bool
        Whether the customers of a rule are ordered by one feature.
    """

    most: int
    fewest: float
    share: float
    ordered: bool

    def __post_init__(self) -> None:
        check_positive(self.most, what="max_rules")
        check_positive(self.fewest, what="min_customers")
        check_fraction(self.share, what="min_share")


@dataclass(frozen=True)
class Family:
    """What tells a list of class shares from a list of amounts.

    Parameters
    ----------
    loss : Loss
        In nats, so that the prices of a description length hold.
    score : callable
        Estimates → scores.
    link : callable
        Scores → (expected outcome, at least its variance).
    outcome : callable
        y → what is expected, shape (n, K).
    """

    loss: Loss
    score: Callable[[Floats], Floats]
    link: Link
    outcome: Callable[[Any], Floats]


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


def learn_rule_list(training: Training, split: Split | None, family: Family, limits: Limits) -> RuleList:
    """Choose rules on the rows that are not held out, then take level and trend from all rows."""
    growing = training if split is None else training.rows(split.growing)
    rules = _search(growing, family.loss, limits)
    group = first_match(rules[:-1], training.X)
    columns = family.loss.columns(training.y, training.weight)
    score = family.score(family.loss.estimate(group_sums(group, columns, len(rules))))
    root = family.score(family.loss.estimate(columns.sum(axis=0, keepdims=True)))[0]
    trend = Trend.none(*score.shape)
    if limits.ordered:
        outcome = family.outcome(training.y)
        trend = Trend.fit(training.X, group, outcome, base=score, weight=training.weight, link=family.link)
    return RuleList(rules, score, root, trend)


def group_sums(group: Integers, columns: Floats, groups: int) -> Floats:
    """Return the sums of columns over the rows of every group, shape (groups, K)."""
    sums = [np.bincount(group, weights=column, minlength=groups) for column in columns.T]
    return np.column_stack(sums)


def _search(training: Training, loss: Loss, limits: Limits) -> list[Rule]:
    """Return the best list of rules found, ending with the rule that always holds."""
    if len(training.y) > _ROWS:
        chosen = np.zeros(len(training.y), dtype=bool)
        chosen[np.random.default_rng(0).permutation(len(chosen))[:_ROWS]] = True
        training = training.rows(chosen)
    weight, total = training.weight, float(training.weight.sum())
    fewest = min(max(limits.fewest, limits.share * total), 0.1 * total)
    rows = max(1, round(fewest * len(weight) / total))
    grid = conditions_of(training.X, cuts=_CUTS, fewest=rows)
    if not grid:
        return [Rule()]
    discrete = bool(training.classes)
    candidates = forest_rules(training.X, training.y, weight, grid, fewest=rows, discrete=discrete)
    sums = (1.0 - _TEACHING) * loss.columns(training.y, weight) + _TEACHING * _taught(training, loss)
    parameters = max(1, len(training.classes) - 1)
    search = ListSearch(
        training.X, sums, weight, loss, grid, most=limits.most, fewest=fewest,
        rule_price=_RULE_PRICE * parameters * np.log(max(total, 2.0)), condition_price=_CONDITION_PRICE,
    )  # fmt: skip
    found = search.run(candidates)
    real = loss.columns(training.y, weight)
    return [*confirmed(found, training.X, real, loss, 0.5 * parameters * np.log(max(total, 2.0))), Rule()]


def _taught(training: Training, loss: Loss) -> Floats:
    """Return the sums of customers as a linear model of all features expects them."""
    if not training.classes:
        teacher = LinearRegressor().fit(training.X, training.y, sample_weight=training.weight)
        return loss.columns(teacher.predict(training.X), training.weight)
    columns = np.zeros((len(training.y), len(training.classes)))
    known = np.unique(training.y)
    if len(known) < 2:
        return loss.columns(training.y, training.weight)
    pupil = LogisticClassifier(C=0.1).fit(training.X, training.y, sample_weight=training.weight)
    columns[:, known] = pupil.predict_proba(training.X) * training.weight[:, None]
    return columns
