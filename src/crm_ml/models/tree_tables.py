"""Small boosted trees as tables: many rows at once, several times faster than walking down the trees.

A row goes left or right at each of the k splits of a tree, also at those that it never comes to. That
*pattern*, one of 2**k, says which leaf the row reaches and, since it also says what would have happened on
every other path, what TreeSHAP adds to each feature. So both are worked out once a pattern and looked up for
every row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import factorial

import numpy as np
import numpy.typing as npt

from crm_ml.models.matrix import Floats, Integers

__all__ = ["TreeTables"]

_MANY = 1_000  # fewer rows do not earn back the work on the tables
_BLOCK = 32_768  # rows looked up at a time
_MOST_SPLITS = 8  # a pattern is one byte
# Flags of LightGBM's decision_type: a split by category, missing values go left, and what counts as missing.
_CATEGORICAL, _DEFAULT_LEFT, _MISSING_ZERO, _MISSING_NAN = 1, 2, 4, 8
# Lines of the text of a tree.
_LINES = (
    *("split_feature", "threshold", "decision_type", "left_child", "right_child"),
    *("leaf_value", "leaf_count", "internal_count"),
)


@dataclass(frozen=True)
class _Tree:
    """A tree of k splits, numbered so that a child comes after its parent.

    Parameters
    ----------
    feature, threshold : ndarray of shape (k,)
        ``x > threshold`` goes right.
    missing_left : ndarray of bool, shape (k,)
        Where a missing value goes.
    child : ndarray of shape (k, 2)
        Left and right: a split, or ``~leaf`` below 0.
    right_share : ndarray of shape (k,)
        Share of the training rows at a split that went right.
    value : ndarray of shape (k + 1,)
        Of the leaves.
    """

    feature: Integers
    threshold: Floats
    missing_left: npt.NDArray[np.bool_]
    child: Integers
    right_share: Floats
    value: Floats

    @classmethod
    def read(cls, text: str) -> _Tree | None:
        """Read one tree of LightGBM's native text; None when its patterns cannot be tabulated."""
        lines = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        numbers = {name: np.array(lines.get(name, "").split(), dtype=np.float64) for name in _LINES}
        kind = numbers["decision_type"].astype(np.int64)
        other = (kind & (_CATEGORICAL | _MISSING_ZERO)).any() or lines.get("is_linear", "0") != "0"
        if other or len(kind) > _MOST_SPLITS:
            return None
        threshold = numbers["threshold"]
        # Where training met no missing value, LightGBM takes a missing one for 0.
        missing_left = np.where(kind & _MISSING_NAN, kind & _DEFAULT_LEFT, threshold >= 0).astype(bool)
        child = np.column_stack([numbers["left_child"], numbers["right_child"]]).astype(np.int64)
        # Counts of splits and leaves in one array, in which ~leaf counts from the end.
        count = np.append(numbers["internal_count"], numbers["leaf_count"][::-1])
        share = count[child[:, 1]] / numbers["internal_count"]
        feature = numbers["split_feature"].astype(np.int64)
        return cls(feature, threshold, missing_left, child, share, numbers["leaf_value"])

    def pattern(self, columns: Floats) -> npt.NDArray[np.uint8]:
        """Return the pattern of every row: bit s is set where it goes right at split s.

        Parameters
        ----------
        columns : ndarray of shape (p, n)
        """
        code = np.zeros(columns.shape[1], dtype=np.uint8)
        right = np.empty(len(code), dtype=bool)
        bit = right.view(np.uint8)
        for split, (feature, threshold) in enumerate(zip(self.feature, self.threshold, strict=True)):
            if self.missing_left[split]:  # a comparison with a missing value is false
                np.greater(columns[feature], threshold, out=right)
            else:
                np.logical_not(np.less_equal(columns[feature], threshold, out=right), out=right)
            np.bitwise_or(code, np.left_shift(bit, split, out=bit), out=code)
        return code

    @cached_property
    def outcome(self) -> Floats:
        """The value of the leaf that every pattern reaches, shape (2**k,)."""
        return self._expected(np.ones((1, len(self.feature)), dtype=bool))[:, 0]

    @cached_property
    def shap(self) -> tuple[Integers, Floats, float]:
        """The features of the tree, their contribution under every pattern (d, 2**k), and the base."""
        features, which = np.unique(self.feature, return_inverse=True)
        weight, subsets = _shapley(len(features))
        expected = self._expected(subsets[:, which])
        return features, np.ascontiguousarray((expected @ weight).T), float(expected[0, 0])

    def _expected(self, known: npt.NDArray[np.bool_]) -> Floats:
        """Return the value that is expected of every pattern, shape (2**k, subsets).

        Parameters
        ----------
        known : ndarray of bool, shape (subsets, k)
            Splits whose feature is known; at the others a row goes both ways, by their shares in training.
        """
        splits = len(self.feature)
        patterns = np.arange(2**splits)[:, None]
        total: Floats = np.zeros((len(patterns), len(known)))
        reach = {0: np.ones_like(total)}
        if not splits:
            total += self.value[0]
        for split in range(splits):
            right = np.where(known[:, split], patterns >> split & 1, self.right_share[split])
            for child, share in zip(self.child[split].tolist(), (1.0 - right, right), strict=True):
                here = reach[split] * share
                if child < 0:
                    total += here * self.value[~child]
                else:
                    reach[child] = here
        return total


class TreeTables:
    """Raw scores and TreeSHAP values of a LightGBM booster, for many rows.

    Scores are those of ``Booster.predict(raw_score=True)`` to the last bit: the same leaves, added in the
    same order. Contributions are those of ``pred_contrib=True`` up to rounding (path-dependent TreeSHAP:
    Lundberg et al. 2020, Nature Machine Intelligence 2).

    Parameters
    ----------
    text : str
        LightGBM's native text; read when it is first needed.

    Examples
    --------
    >>> import lightgbm as lgb
    >>> X = np.arange(2000.0)[:, None]
    >>> booster = lgb.train({"num_leaves": 4, "verbosity": -1}, lgb.Dataset(X, X[:, 0] ** 2), 5)
    >>> tables = TreeTables(booster.model_to_string())
    >>> tables.serve(rows=len(X)), bool((tables.raw(X)[:, 0] == booster.predict(X)).all())
    (True, True)
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def serve(self, rows: int) -> bool:
        """Whether the tables can answer, and sooner than LightGBM: small trees, numeric splits, many rows."""
        return rows >= _MANY and self._trees is not None

    def raw(self, matrix: Floats) -> Floats:
        """Return raw scores, shape (n, number of scores)."""
        total = np.zeros((len(matrix), self._scores))
        for rows, score, tree, code in self._patterns(matrix):
            total[rows, score] += tree.outcome[code]
        return total

    def contributions(self, matrix: Floats) -> Floats:
        """Return TreeSHAP values, shape (n, number of scores, p + 1); the last is the base."""
        total = np.zeros((self._scores, matrix.shape[1] + 1, len(matrix)))
        for rows, score, tree, code in self._patterns(matrix):
            features, table, base = tree.shap
            for feature, by_pattern in zip(features.tolist(), table, strict=True):
                total[score, feature, rows] += by_pattern[code]
            total[score, -1, rows] += base
        return np.moveaxis(total, 2, 0)

    def _patterns(self, matrix: Floats) -> Iterator[tuple[slice, int, _Tree, Integers]]:
        """Go through blocks of rows and trees: yield rows, number of the score, tree, pattern of each row."""
        for start in range(0, len(matrix), _BLOCK):
            rows = slice(start, start + _BLOCK)
            columns = np.ascontiguousarray(matrix[rows].T)
            for number, tree in enumerate(self._trees or ()):
                yield rows, number % self._scores, tree, tree.pattern(columns).astype(np.intp)

    @cached_property
    def _scores(self) -> int:
        head = self._text.split("\nTree=", 1)[0]
        return int(head.split("num_tree_per_iteration=", 1)[1].split("\n", 1)[0])

    @cached_property
    def _trees(self) -> list[_Tree] | None:
        trees = [_Tree.read(part) for part in self._text.split("\nTree=")[1:]]
        known = [tree for tree in trees if tree is not None]
        return known if len(known) == len(trees) else None


@lru_cache(maxsize=_MOST_SPLITS + 1)
def _shapley(features: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the weight of what is expected of each subset in the Shapley value of each feature (2**d, d).

    With them the subsets: whether each feature is known, shape (2**d, d).
    """
    known = (np.arange(2**features)[:, None] >> np.arange(features) & 1).astype(bool)
    size = known.sum(axis=1, keepdims=True) - known  # of the other features
    orders = np.array([factorial(s) * factorial(features - s - 1) for s in range(features)] or [0])
    weight = orders[size] / factorial(features)
    return np.where(known, weight, -weight), known
