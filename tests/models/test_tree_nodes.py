"""Our own walk through a tree agrees with scikit-learn's, and pruning keeps what later customers confirm."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from crm_ml.models.losses import ClassLoss
from crm_ml.models.tree_nodes import LEAF, Tree

LOSS = ClassLoss(np.array([0.5, 0.5]))


def grown(depth=6, missing=True):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 4)).astype(np.float32).astype(float)
    if missing:
        X[rng.random(X.shape) < 0.1] = np.nan
    y = ((np.nan_to_num(X[:, 0]) > 0.3) ^ (rng.random(2000) < 0.2)).astype(int)
    model = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X[:1000], y[:1000])
    return X, y, model, Tree.grown(model.tree_)


def test_leaves_are_those_of_scikit_learn():
    """Missing values included."""
    X, _, model, tree = grown()
    np.testing.assert_array_equal(tree.leaves(X), model.apply(X))


def test_totals_are_the_sums_of_the_rows_in_a_node():
    """Checked against the decision path."""
    X, y, model, tree = grown()
    columns = LOSS.columns(y, np.ones(len(y)))
    np.testing.assert_allclose(tree.totals(X, columns), model.decision_path(X).T @ columns)


def test_rounding_moves_few_rows_and_shortens_numbers():
    """At most one in a hundred of the rows of a node changes sides."""
    X, _, _, tree = grown(depth=1, missing=False)
    rounded = tree.rounded(X)
    assert (tree.leaves(X) != rounded.leaves(X)).mean() <= 0.01
    assert len(repr(float(rounded.threshold[0]))) < len(repr(float(tree.threshold[0])))


def test_pruning_cuts_noise_and_keeps_signal():
    """Depth 6 on one true split: later customers leave two or three leaves."""
    X, y, _, tree = grown(missing=False)
    columns = LOSS.columns(y, np.ones(len(y)))
    tree = tree.with_sums(tree.totals(X[:1000], columns[:1000]))
    pruned = tree.pruned(LOSS, tree.totals(X[1000:], columns[1000:]))
    assert pruned.feature[0] == 0
    assert 2 <= (pruned.feature == LEAF).sum() < (tree.feature == LEAF).sum() / 3


def test_pruning_never_raises_the_loss_on_its_judges():
    """Every cut is one that the held-out customers do not mind."""
    X, y, _, tree = grown()
    columns = LOSS.columns(y, np.ones(len(y)))
    tree = tree.with_sums(tree.totals(X[:1000], columns[:1000]))
    later = tree.totals(X[1000:], columns[1000:])

    def loss(one):
        share = LOSS.estimate(one.sums)[one.leaves(X[1000:]), y[1000:]]
        return -np.log(share).sum()

    assert loss(tree.pruned(LOSS, later)) <= loss(tree)


def test_contributions_follow_the_path():
    """Sum of the steps is leaf minus root; a feature that is not on the path has none."""
    X, y, _, tree = grown()
    tree = tree.with_sums(tree.totals(X, LOSS.columns(y, np.ones(len(y)))))
    margin = np.log(LOSS.estimate(tree.sums)[:, 1])
    pieces = tree.contributions(X, margin)
    np.testing.assert_allclose(pieces.sum(axis=1), margin[tree.leaves(X)] - margin[0])
    stump = grown(depth=1)[3].with_sums(np.ones((3, 2)))
    assert (stump.contributions(X, np.array([0.0, 1.0, 2.0]))[:, 1:] == 0).all()


def test_arrays_round_trip():
    """What is stored is the whole tree."""
    X, _, _, tree = grown()
    np.testing.assert_array_equal(Tree.from_arrays(tree.to_arrays()).leaves(X), tree.leaves(X))


def test_a_leaf_alone_is_a_tree():
    """Nothing to split: everybody is in the root."""
    X, y, _, tree = grown()
    columns = LOSS.columns(y, np.ones(len(y)))
    nothing = tree.with_sums(np.tile(columns.sum(axis=0), (len(tree.feature), 1))).pruned(LOSS, None)
    assert nothing.feature.tolist() == [LEAF]
    assert nothing.leaves(X).max() == 0
    assert pytest.approx(0) == np.abs(nothing.contributions(X, np.zeros(1))).max()
