"""A binary tree as arrays: walking, pruning on held-out customers, contributions along the path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from crm_ml.models.losses import Loss
from crm_ml.models.matrix import Floats, Integers
from crm_ml.models.thresholds import gap, roundest

__all__ = ["LEAF", "Tree"]

LEAF = -1
_FIELDS = ("feature", "threshold", "left", "right", "missing_left", "missing_seen", "sums")


@dataclass(frozen=True)
class Tree:
    """Nodes in an order in which children come after their parent; node 0 is the root.

    Parameters
    ----------
    feature, left, right : ndarray of shape (m,)
        Feature tested and the children; −1 at a leaf.
    threshold : ndarray of shape (m,)
        ``x <= threshold`` goes left.
    missing_left : ndarray of bool, shape (m,)
        Where a missing value goes.
    missing_seen : ndarray of bool, shape (m,)
        Whether training customers without a value came to the node.
    sums : ndarray of shape (m, K)
        What the loss sums over the training customers in the node.
    """

    feature: Integers
    threshold: Floats
    left: Integers
    right: Integers
    missing_left: npt.NDArray[np.bool_]
    missing_seen: npt.NDArray[np.bool_]
    sums: Floats

    @classmethod
    def grown(cls, sklearn_tree: Any) -> Tree:
        """Take the structure of a scikit-learn tree, without sums."""
        feature = np.where(sklearn_tree.children_left < 0, LEAF, sklearn_tree.feature)
        # Where no missing value was seen this is the way of the larger child.
        missing_left = np.asarray(sklearn_tree.missing_go_to_left, dtype=bool)
        return cls(
            feature.astype(np.int64),
            np.where(feature == LEAF, 0.0, sklearn_tree.threshold),
            sklearn_tree.children_left.astype(np.int64),
            sklearn_tree.children_right.astype(np.int64),
            missing_left & (feature != LEAF),
            np.zeros(len(feature), dtype=bool),
            np.zeros((len(feature), 1)),
        )

    def steps(self, X: Floats) -> Iterator[tuple[Integers, Integers, Integers]]:
        """Walk all rows down together; yield (rows still moving, the node left, the node entered)."""
        rows = np.arange(len(X))
        node = np.zeros(len(X), dtype=np.int64)
        while True:
            moving = self.feature[node] != LEAF
            rows, node = rows[moving], node[moving]
            if not len(rows):
                return
            value = X[rows, self.feature[node]]
            go_left = np.where(np.isnan(value), self.missing_left[node], value <= self.threshold[node])
            entered = np.where(go_left, self.left[node], self.right[node])
            yield rows, node, entered
            node = entered

    def leaves(self, X: Floats) -> Integers:
        """Return the leaf of every row."""
        leaf = np.zeros(len(X), dtype=np.int64)
        for rows, _, entered in self.steps(X):
            leaf[rows] = entered
        return leaf

    def totals(self, X: Floats, columns: Floats) -> Floats:
        """Return the sums of `columns` over the rows in every node, shape (m, K)."""
        totals = np.zeros((len(self.feature), columns.shape[1]))
        np.add.at(totals, self.leaves(X), columns)
        for node in range(len(self.feature) - 1, -1, -1):
            if self.feature[node] != LEAF:
                totals[node] = totals[self.left[node]] + totals[self.right[node]]
        return totals

    def rounded(self, X: Floats) -> Tree:
        """Return the tree with thresholds moved to the roundest numbers that split X almost alike.

        At most one row in a hundred of a node changes sides; below a moved threshold the sums must be taken
        anew.
        """
        threshold, missing_seen = self.threshold.copy(), self.missing_seen.copy()
        for rows, node, _ in self.steps(X):
            for one in np.unique(node):
                values = X[rows[node == one], self.feature[one]]
                low, high = gap(values, self.threshold[one])
                threshold[one] = roundest(low, high)
                missing_seen[one] = np.isnan(values).any()
        return replace(self, threshold=threshold, missing_seen=missing_seen)

    def with_sums(self, sums: Floats) -> Tree:
        """Return the tree with the sums of its nodes."""
        return replace(self, sums=sums)

    def pruned(self, loss: Loss, held_out: Floats | None, *, price: float = 0.0) -> Tree:
        """Cut every branch that does not lower the loss on held-out customers by its price.

        One pass from the leaves up, reduced-error pruning (Quinlan 1987, Int. J. Man-Machine Studies 27),
        with the log loss or squared error for the count of errors. Without held-out sums only splits whose
        children give the same estimate are cut.

        Parameters
        ----------
        loss : Loss
        held_out : ndarray of shape (m, K), optional
            Sums over the held-out customers in every node.
        price : float
            What a split must gain: among many noisy splits some gain a little on any customers.
        """
        judged = self.sums if held_out is None else held_out
        best = loss.loss(loss.estimate(self.sums), judged)
        feature = self.feature.copy()
        for node in range(len(feature) - 1, -1, -1):
            if feature[node] == LEAF:
                continue
            split = best[self.left[node]] + best[self.right[node]]
            if split + price < best[node] - 1e-9 * abs(best[node]):
                best[node] = split + price
            else:
                feature[node] = LEAF
        return replace(self, feature=feature)._compact()

    def contributions(self, X: Floats, margin: Floats) -> Floats:
        """Return the change of the node's margin that each feature causes along the path, shape (n, p).

        Parameters
        ----------
        margin : ndarray of shape (m,)
            The margin of the estimate in every node. Rows sum to margin[leaf] − margin[root] (Saabas 2014).
        """
        total = np.zeros(X.shape)
        for rows, node, entered in self.steps(X):
            total[rows, self.feature[node]] += margin[entered] - margin[node]
        return total

    def _compact(self) -> Tree:
        """Drop the nodes that no path reaches."""
        keep = [0]
        for node in keep:
            if self.feature[node] != LEAF:
                keep += [int(self.left[node]), int(self.right[node])]
        kept = np.array(sorted(keep))
        number = np.full(len(self.feature) + 1, LEAF)  # the last place answers for −1
        number[kept] = np.arange(len(kept))
        inner = self.feature[kept] != LEAF
        return Tree(
            self.feature[kept],
            np.where(inner, self.threshold[kept], 0.0),
            np.where(inner, number[self.left[kept]], LEAF),
            np.where(inner, number[self.right[kept]], LEAF),
            self.missing_left[kept] & inner,
            self.missing_seen[kept] & inner,
            self.sums[kept],
        )

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays of the parts."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_arrays(cls, arrays: Any) -> Tree:
        """Return the tree that `to_arrays` described."""
        return cls(**{name: arrays[name] for name in _FIELDS})
