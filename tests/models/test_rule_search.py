"""The search over lists: its arithmetic is exact, and it beats the greedy list that it replaces."""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.models.losses import ClassLoss
from crm_ml.models.rule_candidates import forest_rules, neighbours
from crm_ml.models.rule_conditions import Condition, Rule, conditions_of
from crm_ml.models.rule_search import ListSearch, first_match


def problem():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 10, (3000, 4)).astype(float)
    X[rng.random(X.shape) < 0.05] = np.nan
    risk = 0.1 + 0.3 * (X[:, 0] > 5) + 0.4 * ((X[:, 1] <= 3) & (X[:, 2] > 4))
    y = (rng.random(3000) < risk).astype(int)
    loss = ClassLoss(np.bincount(y) / len(y))
    return X, y, loss, conditions_of(X, cuts=8, fewest=50)


def search(most=6, prices=(2.0, 0.5)):
    X, y, loss, grid = problem()
    weight = np.ones(len(y))
    found = ListSearch(
        X, loss.columns(y, weight), weight, loss, grid, most=most, fewest=60,
        rule_price=prices[0], condition_price=prices[1],
    )  # fmt: skip
    return found, forest_rules(X, y, weight, grid, fewest=60, discrete=True)


def list_cost(rules, found):
    X, y, loss, _ = problem()
    group, columns = first_match(rules, X), loss.columns(y, np.ones(len(y)))
    sums = np.array([columns[group == k].sum(axis=0) for k in range(len(rules) + 1)])
    price = sum(found.rule_price + found.condition_price * len(rule.conditions) for rule in rules)
    return loss.loss(loss.estimate(sums), sums).sum() + price


def test_the_cost_of_every_insertion_is_exact():
    """One matrix product gives what building each list would give."""
    found, candidates = search()
    found.run(candidates)
    pool = found._pool
    chosen = [0, len(pool) // 2]
    for place in range(3):
        cost, fixed = found._insertions(chosen, place, found._shares(chosen, place))
        for rule in np.flatnonzero(np.isfinite(cost))[::37]:
            inserted = [pool[k] for k in (*chosen[:place], rule, *chosen[place:])]
            assert cost[rule] + fixed == pytest.approx(list_cost(inserted, found), rel=1e-6)


def test_local_search_beats_the_greedy_list():
    """Greedy: append the rule that is best now. The search ends with a lower cost."""
    found, candidates = search()
    rules = found.run(candidates)
    greedy: list[Rule] = []
    while len(greedy) < 6:
        cost, rule = min(((list_cost([*greedy, one], found), k) for k, one in enumerate(candidates)))
        if cost >= list_cost(greedy, found):
            break
        greedy.append(candidates[rule])
    assert list_cost(rules, found) < list_cost(greedy, found)


def test_every_rule_catches_enough_customers():
    """No rule about a handful."""
    X, *_ = problem()
    found, candidates = search()
    sizes = np.bincount(first_match(found.run(candidates), X))
    assert sizes.min() >= 60


def test_a_high_price_gives_a_short_list():
    """The price is what keeps the list readable."""
    cheap, candidates = search(prices=(0.5, 0.1))
    dear, _ = search(prices=(60.0, 20.0))
    assert len(dear.run(candidates)) < len(cheap.run(candidates))
    free, _ = search(prices=(1e6, 0.0))
    assert free.run(candidates) == []


def test_neighbours_drop_move_and_add():
    """Each neighbour differs by one condition and never tests the same twice."""
    *_, grid = problem()
    rule = Rule((grid[0], next(one for one in grid if one.feature == 1)))
    near = list(neighbours(rule, grid, grid))
    assert Rule((rule.conditions[0],)) in near
    assert {len(one.conditions) for one in near} == {1, 2, 3}
    for one in near:
        keys = [(condition.feature, condition.operator) for condition in one.conditions]
        assert len(set(keys)) == len(keys)


def test_missing_passes_no_comparison():
    """A customer without a value meets neither side, only "is missing"."""
    X = np.array([[np.nan], [1.0], [3.0]])
    assert Condition(0, "<=", 2.0).holds(X).tolist() == [False, True, False]
    assert Condition(0, ">", 2.0).holds(X).tolist() == [False, False, True]
    assert Condition(0, "missing").holds(X).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("conditions", "formula", "en", "nl"),
    [
        ([Condition(0, "missing")], "orders is missing", "orders unknown", "aantal bestellingen onbekend"),
        (
            [Condition(0, "<=", 1000.0)],
            "orders <= 1,000",
            "orders at most 1,000",
            "aantal bestellingen hoogstens 1.000",
        ),
        (
            [Condition(0, ">", 0.5), Condition(0, "<=", 2.0)],
            "0.5 < orders <= 2",
            "orders more than 0.5 and at most 2",
            "aantal bestellingen meer dan 0,5 en hoogstens 2",
        ),
    ],
)
def test_conditions_in_words(conditions, formula, en, nl):
    """Two bounds of one feature are one phrase."""
    rule = Rule(tuple(sorted(conditions)))
    assert rule.formula(["orders"]) == formula
    assert rule.words(["orders"], "en") == en
    assert rule.words(["orders"], "nl") == nl


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_feature_of_the_catalogue_has_a_name_for_readers(language):
    """A rule about a new feature must not fall back to its technical name."""
    from crm_ml.features.catalogue import catalogue
    from crm_ml.models.rule_conditions import reader_name

    technical = {"orders", "revenue", "margin"} if language == "en" else set()
    unnamed = {one.name for one in catalogue() if reader_name(one.name, language) == one.name}
    assert unnamed <= technical
