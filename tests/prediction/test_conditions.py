"""Conditions: true only when clearly true, and never on what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.prediction.conditions import Condition, above, at_least, at_most, below, fallen, longer, risen


def test_missing_facts_make_a_condition_false():
    """Comparisons with nothing are never true."""
    facts = {"a": np.array([np.nan, 2.0])}
    both = Condition(("a",), lambda f: f["a"] > 1) & Condition(("a",), lambda f: f["a"] < 3)
    assert both.holds(facts).tolist() == [False, True]


@pytest.mark.parametrize(
    ("condition", "pairs"),
    [
        (longer("a", "b"), {(94, 21): True, (30, 21): False, (3, 1): False, (10, 4): False, (12, 4): True}),
        (fallen("a", "b"), {(60, 100): True, (80, 100): False, (0, 100): False, (-5, -10): False}),
        (risen("a", "b"), {(140, 100): True, (120, 100): False, (10, 0): False}),
        (above("a", "b"), {(2, 1): True, (1, 1): False}),
        (below("a", "b", times=2), {(2, 1): True, (3, 1): False}),
        (at_least("a", 3) & at_most("b", 5), {(3, 5): True, (2, 5): False, (3, 6): False}),
    ],
)
def test_borders(condition, pairs):
    """Differences that are noise make no sentence; missing facts make none either."""
    first, second = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    assert condition.holds({"a": first, "b": second}).tolist() == list(pairs.values())
    nothing = np.full(len(pairs), np.nan)
    assert not condition.holds({"a": nothing, "b": second}).any()


def test_distance_grows_with_the_difference_and_stays_in_bounds():
    """The furthest from normal is said first; nothing to compare counts as half-way."""
    facts = {"a": np.array([100.0, 30.0, 0.0, np.nan]), "b": np.array([10.0, 20.0, 0.0, 1.0])}
    distance = (longer("a", "b") & at_least("a", 1)).distance(facts)
    assert distance.tolist() == pytest.approx([0.9, 1 / 3, 0.0, 0.0])
    assert at_least("a", 1).distance(facts).tolist() == [0.5] * 4
