"""Rules worth trying in a list: paths of many shallow trees, and neighbours of rules that did well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from crm_ml.models.matrix import Floats
from crm_ml.models.rule_conditions import ABOVE, AT_MOST, Condition, Rule

__all__ = ["LONGEST", "forest_rules", "neighbours"]

LONGEST = 3
_TREES = 40
_ROWS_A_TREE = 8000


def forest_rules(
    X: Floats, y: Any, weight: Floats, grid: list[Condition], *, fewest: int, discrete: bool
) -> list[Rule]:
    """Return the paths to all nodes of randomised trees of depth 3, with thresholds moved onto the grid.

    Each tree sees a sample of rows and features, so the paths differ and the list search can choose.
    """
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    options: dict[str, Any] = {
        "n_estimators": _TREES,
        "max_depth": LONGEST,
        "max_features": 0.4,
        "min_samples_leaf": fewest,
        "max_samples": min(1.0, _ROWS_A_TREE / len(X)),
        "random_state": 0,
    }
    forest = (
        RandomForestClassifier(criterion="log_loss", **options)
        if discrete
        else RandomForestRegressor(**options)
    )
    forest.fit(X, y, sample_weight=weight)
    cuts = _cuts(grid)
    rules = {Rule((condition,)) for condition in grid}
    for tree in forest.estimators_:
        rules |= {rule for rule in _paths(tree.tree_, cuts) if rule.conditions}
    return sorted(rules, key=lambda rule: (len(rule.conditions), rule.conditions))


def neighbours(rule: Rule, grid: list[Condition], useful: Iterable[Condition]) -> Iterator[Rule]:
    """Yield the rule with a condition dropped, moved by one or two cuts, or added."""
    cuts = _cuts(grid)
    for condition in rule.conditions:
        others = [one for one in rule.conditions if one != condition]
        if others:
            yield Rule(tuple(others))
        steps = cuts.get((condition.feature, condition.operator), [condition.threshold])
        at = int(np.argmin(np.abs(np.array(steps) - condition.threshold)))
        for near in steps[max(at - 2, 0) : at + 3]:
            if near != condition.threshold:
                moved = Condition(condition.feature, condition.operator, near)
                yield Rule(tuple(sorted([*others, moved])))
    if len(rule.conditions) < LONGEST:
        taken = {(one.feature, one.operator) for one in rule.conditions}
        for extra in useful:
            if (extra.feature, extra.operator) not in taken:
                yield Rule(tuple(sorted([*rule.conditions, extra])))


def _cuts(grid: list[Condition]) -> dict[tuple[int, str], list[float]]:
    cuts: dict[tuple[int, str], list[float]] = {}
    for condition in grid:
        if condition.operator in (AT_MOST, ABOVE):
            cuts.setdefault((condition.feature, condition.operator), []).append(condition.threshold)
    return cuts


def _paths(tree: Any, cuts: dict[tuple[int, str], list[float]]) -> Iterator[Rule]:
    """Yield the conditions on the way to every node, the tighter one where two test the same."""
    bounds: list[dict[tuple[int, str], float]] = [{} for _ in range(tree.node_count)]
    for node in range(tree.node_count):
        yield Rule(tuple(sorted(Condition(*key, threshold) for key, threshold in bounds[node].items())))
        feature = int(tree.feature[node])
        for child, operator in ((tree.children_left[node], AT_MOST), (tree.children_right[node], ABOVE)):
            key = (feature, operator)
            if child >= 0 and key in cuts:
                steps = np.array(cuts[key])
                threshold = float(steps[np.argmin(np.abs(steps - tree.threshold[node]))])
                old = bounds[node].get(key, threshold)
                tighter = min(old, threshold) if operator == AT_MOST else max(old, threshold)
                bounds[child] = {**bounds[node], key: tighter}
            elif child >= 0:
                bounds[child] = bounds[node]
