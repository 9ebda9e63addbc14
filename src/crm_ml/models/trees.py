"""Decision trees that a person can read: shallow, pruned on later customers, round thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from crm_ml.base.validation import check_positive
from crm_ml.models.base import Classifier, Learned, Regressor, Training
from crm_ml.models.links import proba_margin
from crm_ml.models.losses import ClassLoss, Loss, SquaredLoss
from crm_ml.models.matrix import Floats
from crm_ml.models.parts import Parts
from crm_ml.models.snapshots import Split, held_out
from crm_ml.models.tree_nodes import Tree
from crm_ml.models.tree_picture import draw_tree, tree_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["TreeClassifier", "TreeRegressor"]

_PRICE = 2.0


class _Options(Protocol):
    max_depth: int
    min_leaf: float
    random_state: Any


class TreeClassifier(Classifier):
    """A decision tree for two or more classes.

    It grows by log loss on the earlier snapshots, is pruned on the latest one, gets round thresholds, and
    takes its class shares from all rows.

    Parameters
    ----------
    max_depth : int
        Most questions on a path.
    min_leaf : float
        Fewest customers in a leaf (in sample weight).
    random_state : int
        Seed of the split of a single snapshot.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"recency_days": range(100), "orders": [1, 2] * 50})
    >>> model = TreeClassifier().fit(X, (X["recency_days"] > 60).rename("stopped"))
    >>> print(model.text())
    recency_days <= 60: stopped 1.2 % (n = 61)
    recency_days > 60: stopped 97.0 % (n = 39)
    """

    kind: ClassVar[str] = "decision_tree"

    def __init__(self, max_depth: int = 5, min_leaf: float = 25.0, random_state: Any = 0) -> None:
        self.max_depth = max_depth
        self.min_leaf = min_leaf
        self.random_state = random_state

    def _learn(self, training: Training) -> Learned:
        share = np.bincount(training.y, weights=training.weight)
        loss = ClassLoss(share / share.sum())
        grower = DecisionTreeClassifier(criterion="log_loss", **_growth(self, training))
        tree = _grow(grower, training, loss, _judges(training, training.y, self.random_state))
        return Learned.of({**tree.to_arrays(), "prior": loss.prior})

    def _wake(self) -> None:
        self.tree_ = Tree.from_arrays(self.parts_.arrays)
        self._share = ClassLoss(self.parts_.arrays["prior"]).estimate(self.tree_.sums)

    def _proba(self, matrix: Floats) -> Floats:
        return np.asarray(self._share[self.tree_.leaves(matrix)])

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return self.tree_.contributions(matrix, proba_margin(self._share, code))

    def _base_margin(self, code: int) -> float:
        return float(proba_margin(self._share[:1], code)[0])

    def text(self, target: Any = None) -> str:
        """Return the tree as indented text with the share of one class (the last by default)."""
        return tree_text(self.tree_, _names(self.parts_), *self._shown(target))

    def plot(self, target: Any = None) -> Figure:
        """Draw the tree; darker boxes hold more of the class."""
        return draw_tree(self.tree_, _names(self.parts_), *self._shown(target))

    def _shown(self, target: Any) -> tuple[Floats, Floats, str]:
        code = self._code(target)
        return self._share[:, code], self.tree_.sums.sum(axis=1), self._label(code)


class TreeRegressor(Regressor):
    """A decision tree for an amount, built like `TreeClassifier` on squared error.

    Parameters
    ----------
    max_depth, min_leaf, random_state
        As for `TreeClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(100.0)[:, None]
    >>> TreeRegressor().fit(X, np.where(X[:, 0] < 50, 10.0, 30.0)).predict(X[[0, 99]]).round(-1)
    array([10., 30.])
    """

    kind: ClassVar[str] = "regression_tree"

    def __init__(self, max_depth: int = 5, min_leaf: float = 25.0, random_state: Any = 0) -> None:
        self.max_depth = max_depth
        self.min_leaf = min_leaf
        self.random_state = random_state

    def _learn(self, training: Training) -> Learned:
        loss = SquaredLoss(np.array([np.average(training.y, weights=training.weight)]))
        grower = DecisionTreeRegressor(**_growth(self, training))
        one_stratum = np.zeros(len(training.y), dtype=np.int64)
        tree = _grow(grower, training, loss, _judges(training, one_stratum, self.random_state))
        return Learned.of({**tree.to_arrays(), "prior": loss.prior})

    def _wake(self) -> None:
        self.tree_ = Tree.from_arrays(self.parts_.arrays)
        self._mean = SquaredLoss(self.parts_.arrays["prior"]).estimate(self.tree_.sums)[:, 0]

    def _value(self, matrix: Floats) -> Floats:
        return np.asarray(self._mean[self.tree_.leaves(matrix)])

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return self._value(matrix)

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return self.tree_.contributions(matrix, self._mean)

    def _base_margin(self, code: int) -> float:
        return float(self._mean[0])

    def text(self) -> str:
        """Return the tree as indented text with the mean amount."""
        return tree_text(self.tree_, _names(self.parts_), self._mean, self.tree_.sums[:, 0], "")

    def plot(self) -> Figure:
        """Draw the tree; darker boxes hold larger amounts."""
        return draw_tree(self.tree_, _names(self.parts_), self._mean, self.tree_.sums[:, 0], "")


def _growth(options: _Options, training: Training) -> dict[str, Any]:
    check_positive(options.max_depth, what="max_depth")
    check_positive(options.min_leaf, what="min_leaf")
    # A fraction of the weight, not a number of rows, so that a weight of two equals two rows.
    smallest = min(options.min_leaf / training.weight.sum(), 0.1)
    return {"max_depth": options.max_depth, "min_weight_fraction_leaf": smallest, "random_state": 0}


def _judges(training: Training, strata: Any, seed: Any) -> Split | None:
    # A few questions remember nobody, and pruning needs many customers: all of the latest snapshot judge.
    return held_out(training.table, strata, seed=seed, apart=False)


def _grow(grower: Any, training: Training, loss: Loss, split: Split | None) -> Tree:
    growing = training if split is None else training.rows(split.growing)
    grower.fit(growing.X, growing.y, sample_weight=growing.weight)
    tree = Tree.grown(grower.tree_).rounded(growing.X)
    tree = tree.with_sums(tree.totals(growing.X, loss.columns(growing.y, growing.weight)))
    later = None if split is None else _totals(tree, training.rows(split.judging), loss)
    # The log loss is in nats; squared errors are brought to them by twice their variance.
    nat = 1.0 if training.classes else 2.0 * float(np.var(training.y))
    tree = tree.pruned(loss, later, price=_PRICE * nat)
    return tree.with_sums(_totals(tree, training, loss))


def _totals(tree: Tree, rows: Training, loss: Loss) -> Floats:
    return tree.totals(rows.X, loss.columns(rows.y, rows.weight))


def _names(parts: Parts) -> list[str]:
    return list(parts.settings["features"])
