"""Search for an ordered list of rules: every rule is judged by what it does to the whole list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crm_ml.models.losses import Loss
from crm_ml.models.matrix import Floats, Integers
from crm_ml.models.rule_candidates import neighbours
from crm_ml.models.rule_conditions import Condition, Rule

__all__ = ["ListSearch", "confirmed", "first_match"]

_PASSES = 4
_USEFUL = 60


def first_match(rules: Iterable[Rule], X: Floats) -> Integers:
    """Return the number of the first rule that holds for every row; past the last one when none does."""
    held = [rule.holds(X) for rule in rules]
    return _first(np.array(held, dtype=bool).reshape(len(held), len(X)))


def confirmed(rules: list[Rule], X: Floats, sums: Floats, loss: Loss, price: float) -> list[Rule]:
    """Drop rules, the least useful first, as long as a rule lowers the loss by less than its price.

    Parameters
    ----------
    rules : list of Rule
        In order, without the one that always holds.
    X, sums : ndarray of n rows
        Customers, and what `loss` sums over them.
    price : float
        In the unit of the loss.
    """

    def cost(kept: list[Rule]) -> float:
        group = first_match(kept, X)
        columns = [np.bincount(group, weights=column, minlength=len(kept) + 1) for column in sums.T]
        totals = np.column_stack(columns).astype(np.float64)
        return float(loss.loss(loss.estimate(totals), totals).sum() + price * len(kept))

    now = cost(rules)
    while rules:
        shorter = [rules[:k] + rules[k + 1 :] for k in range(len(rules))]
        costs = [cost(one) for one in shorter]
        if min(costs) > now:
            break
        now = min(costs)
        rules = shorter[costs.index(now)]
    return rules


def _first(held: npt.NDArray[np.bool_]) -> Integers:
    with_default = np.vstack([held, np.ones((1, held.shape[1]), dtype=bool)])
    return np.asarray(with_default.argmax(axis=0), dtype=np.int64)


@dataclass(frozen=True)
class _Shares:
    """What the groups from one place on hold, and the part of it that each candidate takes.

    Shapes (groups, K) and (candidates, groups, K).
    """

    held: Floats
    taken: Floats

    def since(self, place: int) -> _Shares:
        """Return the groups `place` farther on."""
        return _Shares(self.held[place:], self.taken[:, place:])


@dataclass
class ListSearch:
    """Local search over lists of rules.

    A greedy list takes the split that is best now, and never comes back to the large group that it cut off.
    Here a rule may enter at any place, and every rule of the list is later reconsidered: replaced by any
    candidate or by a neighbour (a condition less or more, a cut moved), or dropped. The judge is the loss of
    the *whole* list plus a price for every rule and condition (a description length), so that a shorter list
    wins when it tells as much.

    Parameters
    ----------
    X : ndarray of shape (n, p)
    sums : ndarray of shape (n, K)
        What `loss` sums over customers.
    weight : ndarray of shape (n,)
    loss : Loss
    grid : list of Condition
    most : int
        Longest list.
    fewest : float
        Smallest weight that a rule may catch.
    rule_price, condition_price : float
        In the unit of the loss.
    """

    X: Floats
    sums: Floats
    weight: Floats
    loss: Loss
    grid: list[Condition]
    most: int
    fewest: float
    rule_price: float
    condition_price: float

    def run(self, candidates: list[Rule]) -> list[Rule]:
        """Return the best list found."""
        self._pool: list[Rule] = []
        self._known: set[Rule] = set()
        self._held = np.zeros((0, len(self.X)), dtype=np.float32)
        self._extend(candidates)
        useful = self._useful_conditions()
        chosen = self._grow([])
        for _ in range(_PASSES):
            self._extend(near for rule in chosen for near in neighbours(self._pool[rule], self.grid, useful))
            better = self._grow(self._reconsider(chosen))
            if better == chosen:
                break
            chosen = better
        return [self._pool[rule] for rule in chosen]

    def _extend(self, rules: Iterable[Rule]) -> None:
        new = [rule for rule in dict.fromkeys(rules) if rule not in self._known]
        self._known.update(new)
        held = [rule.holds(self.X) for rule in new]
        enough = [float(self.weight @ one) >= self.fewest for one in held]
        self._pool += [rule for rule, keep in zip(new, enough, strict=True) if keep]
        more = np.array([one for one, keep in zip(held, enough, strict=True) if keep], dtype=np.float32)
        self._held = np.vstack([self._held, more.reshape(-1, len(self.X))])
        lengths = np.array([len(rule.conditions) for rule in self._pool])
        self._price = self.rule_price + self.condition_price * lengths

    def _useful_conditions(self) -> list[Condition]:
        cost, _ = self._insertions([], 0, self._shares([], 0))
        singles = [k for k in np.argsort(cost, kind="stable") if len(self._pool[k].conditions) == 1]
        return [self._pool[k].conditions[0] for k in singles[:_USEFUL]]

    def _grow(self, chosen: list[int]) -> list[int]:
        """Insert rules at their best place as long as that pays."""
        cost = self._cost(chosen)
        while len(chosen) < self.most:
            shares = self._shares(chosen, 0)  # of all places at once
            offers = [
                (*self._best_insertion(chosen, place, shares.since(place)), place)
                for place in range(len(chosen) + 1)
            ]
            offer, rule, place = min(offers)
            if offer >= cost - 1e-6:
                break
            chosen, cost = [*chosen[:place], rule, *chosen[place:]], offer
        return chosen

    def _reconsider(self, chosen: list[int]) -> list[int]:
        """Replace or drop every rule once where that pays."""
        cost, place = self._cost(chosen), 0
        while place < len(chosen):
            without = chosen[:place] + chosen[place + 1 :]
            offer, rule = self._best_insertion(without, place, self._shares(without, place))
            bare = self._cost(without)
            if bare <= min(offer, cost):
                chosen, cost = without, bare
                continue
            if offer < cost - 1e-6:
                chosen, cost = [*without[:place], rule, *without[place:]], offer
            place += 1
        return chosen

    def _best_insertion(self, chosen: list[int], place: int, shares: _Shares) -> tuple[float, int]:
        cost, fixed = self._insertions(chosen, place, shares)
        best = int(np.argmin(cost))
        return float(cost[best] + fixed), best

    def _shares(self, chosen: list[int], place: int) -> _Shares:
        """Return what the groups at `place` and after it hold, and what candidates take: one product."""
        group = self._groups(chosen)
        free = np.flatnonzero(group >= place)
        spread = np.zeros((len(group), len(chosen) + 1 - place, self.sums.shape[1]), dtype=np.float32)
        spread[free, group[free] - place] = self.sums[free]
        product = self._held @ spread.reshape(len(group), -1)
        taken = product.astype(np.float64).reshape(len(product), *spread.shape[1:])
        return _Shares(spread.sum(axis=0, dtype=np.float64), taken)

    def _insertions(self, chosen: list[int], place: int, shares: _Shares) -> tuple[Floats, float]:
        """Return the cost of the list with each candidate inserted, and what is the same for all of them.

        A candidate at `place` takes customers from the groups after it.
        """
        left = shares.held - shares.taken
        caught = shares.taken.sum(axis=1)
        cost = self._losses(left).sum(axis=1) + self._losses(caught) + self._price
        enough = (self.loss.size(left) >= self.fewest).all(axis=1) & (self.loss.size(caught) >= self.fewest)
        before = self._losses(self._totals(self._groups(chosen), place)).sum() if place else 0.0
        return np.where(enough, cost, np.inf), float(before + self._price[chosen].sum())

    def _losses(self, sums: Floats) -> Floats:
        return self.loss.loss(self.loss.estimate(sums), sums)

    def _groups(self, chosen: list[int]) -> Integers:
        return _first(self._held[chosen] > 0)

    def _totals(self, group: Integers, groups: int) -> Floats:
        columns = [np.bincount(group, weights=column, minlength=groups)[:groups] for column in self.sums.T]
        return np.column_stack(columns)

    def _cost(self, chosen: list[int]) -> float:
        totals = self._totals(self._groups(chosen), len(chosen) + 1)
        return float(self._losses(totals).sum() + self._price[chosen].sum())
