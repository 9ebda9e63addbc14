"""Rule induction: at most a dozen IF … THEN … rules that rank nearly as well as boosted trees."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.models.base import Classifier, Learned, Training
from crm_ml.models.links import binary_or_softmax, class_direction, sigmoid, softmax
from crm_ml.models.losses import ClassLoss
from crm_ml.models.matrix import Floats
from crm_ml.models.rule_list import Family, Limits, RuleList, group_sums, learn_rule_list
from crm_ml.models.rule_report import RuleReport, measured_on, wilson_interval
from crm_ml.models.snapshots import held_out

__all__ = ["RuleListClassifier"]


class RuleListClassifier(Classifier):
    """An ordered list of rules with round thresholds, for two or more classes.

    The first rule that holds decides. Rules are chosen by a local search over whole lists (`ListSearch`):
    candidates are the paths of randomised shallow trees, the judge is the log loss of the list plus the
    length of its description. The rates that are shown come from customers that the search did not see, at
    the latest of several snapshots; the probabilities use all rows. Within a rule the customers are ordered
    by one feature (`Trend`), so that a list of 13 rates does not rank with 13 ties.

    Parameters
    ----------
    max_rules : int
        Most rules, the last one (OTHERWISE) not counted.
    min_customers : float
        Fewest customers that a rule catches; at most a tenth of all.
    min_share : float
        The same as a share of all customers.
    within_rule_order : bool
        Whether customers of a rule are ordered by one feature.
    random_state : int
        Seed of the split of a single snapshot.

    Examples
    --------
    >>> X = pd.DataFrame({"recency_days": np.arange(1000), "orders": np.arange(1000) % 4})
    >>> y = pd.Series((X["recency_days"] > 600) & (X["orders"] < 3), name="stopped")
    >>> model = RuleListClassifier().fit(X, y)
    >>> print(model.rules_)
    The first rule that holds decides. Measured on customers held out of the choice of rules.
     1. IF ...
    >>> model.rule_of(X).loc[999, "rule"] > 0
    np.True_
    """

    kind: ClassVar[str] = "rule_list"

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
        """The rules with the rates of the last class, on the customers that the search did not see."""
        return self.rules_for(None)

    def rules_for(self, target: Any) -> RuleReport:
        """Return the rules with the rates of one class."""
        code = self._code(target)
        return self._report(code, self.parts_.arrays["seen"], self.parts_.settings["measured"])

    def measure(self, X: Any, y: Any, *, money: Any = None, target: Any = None) -> RuleReport:
        """Return the rules with their rates on other customers, such as those of a later snapshot.

        Parameters
        ----------
        X, y : DataFrame and labels
            Rows with a label.
        money : array-like of shape (n,), optional
            What a customer usually spends in the horizon. Adds the columns ``money`` (of all customers that
            the rule catches) and ``money_at_risk`` (of those that were of the class).
        target : class label, optional
        """
        group, code = self._list.groups(self._matrix(X)), self._code(target)
        labels = pd.Index(self.classes_).get_indexer(pd.Index(np.asarray(y)))
        if (labels < 0).any():
            raise InputError("y holds classes that the model does not know", got=sorted({*map(str, y)}))
        rules = len(self._list.rules)
        seen = group_sums(group, np.eye(len(self.classes_))[labels], rules)
        report = self._report(code, seen, "later")
        if money is not None:
            amount = np.asarray(money, dtype=np.float64)
            report.table["money"] = np.bincount(group, weights=amount, minlength=rules)
            at_risk = np.where(labels == code, amount, 0.0)
            report.table["money_at_risk"] = np.bincount(group, weights=at_risk, minlength=rules)
        return report

    def rule_of(self, X: Any, language: str = "en") -> pd.DataFrame:
        """Return number and words of the rule that decides for every row, with the index of X."""
        return self.rules_.of(self._list.groups(self._matrix(X)), X, language)

    def _learn(self, training: Training) -> Learned:
        limits = Limits(self.max_rules, self.min_customers, self.min_share, self.within_rule_order)
        share = np.bincount(training.y, weights=training.weight) / training.weight.sum()
        loss = ClassLoss(share)
        family = Family(loss, _scores, _link, partial(_outcome, n_classes=len(share)))
        split = held_out(training.table, training.y, seed=self.random_state)
        found = learn_rule_list(training, split, family, limits)
        shown = training if split is None else training.rows(split.judging)
        seen = group_sums(found.groups(shown.X), loss.columns(shown.y, shown.weight), len(found.rules))
        return Learned.of(
            {**found.to_arrays(), "seen": seen}, facts={"measured": measured_on(training, split)}
        )

    def _wake(self) -> None:
        self._list = RuleList.from_arrays(self.parts_.arrays)

    def _proba(self, matrix: Floats) -> Floats:
        return binary_or_softmax(self._list.scores(matrix))

    def _direction(self, code: int) -> Floats:
        return class_direction(code, len(self.classes_))

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return np.asarray(self._list.scores(matrix) @ self._direction(code))

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return self._list.contributions(matrix, self._direction(code))

    def _base_margin(self, code: int) -> float:
        return float(self._list.root @ self._direction(code))

    def _report(self, code: int, seen: Floats, measured: str) -> RuleReport:
        n, hits = seen.sum(axis=1), seen[:, code]
        low, high = wilson_interval(hits, n)
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = hits / n
            lift = rate / (hits.sum() / n.sum())
        table = pd.DataFrame({"n": n, "rate": rate, "low": low, "high": high, "lift": lift, "hits": hits})
        names, direction = self.parts_.settings["features"], self._direction(code)
        label = self._label(code)
        return RuleReport.of_list(
            self._list, table, names=names, measured=measured, label=label, direction=direction
        )


def _scores(shares: Floats) -> Floats:
    """Return log-odds of the second of two classes, else the logarithms of the shares."""
    logs = np.log(shares)
    return np.asarray(logs[:, 1:] - logs[:, :1] if shares.shape[1] == 2 else logs)


def _link(scores: Floats) -> tuple[Floats, Floats]:
    if scores.shape[1] == 1:
        share = sigmoid(scores)
        return share, np.maximum(share * (1.0 - share), 1e-9)
    share = softmax(scores)
    # Twice the variance bounds the curvature when all classes move at once (Böhning 1992).
    return share, np.maximum(2.0 * share * (1.0 - share), 1e-9)


def _outcome(y: npt.NDArray[Any], n_classes: int) -> Floats:
    hit: Floats = np.eye(n_classes)[y]
    return hit[:, 1:] if n_classes == 2 else hit
