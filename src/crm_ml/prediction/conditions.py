"""Conditions on a customer's own numbers, for whole tables at once.

A :class:`Condition` knows which facts it needs, for whom it holds (a missing fact makes it false), and how
far those customers are from normal. Conditions combine with ``&``.

Examples
--------
>>> import numpy as np
>>> facts = {"recency_days": np.array([94.0, 20.0]), "gap_median": np.array([21.0, 21.0])}
>>> late = longer("recency_days", "gap_median")
>>> late.holds(facts), late.distance(facts).round(2)
(array([ True, False]), array([0.78, 0.  ]))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Condition", "Facts", "above", "at_least", "at_most", "below", "fallen", "longer", "risen"]

Facts: TypeAlias = Mapping[str, NDArray[np.float64]]

_CLEARLY_LONGER = 1.5
_CLEARLY_FALLEN = 0.7
_CLEARLY_RISEN = 1.3
_NOISE_DAYS = 7  # a smaller difference is noise in any rhythm
_LEAST_GAP_DAYS = 2  # "usually every 1 day" says nothing


@dataclass(frozen=True)
class Condition:
    """Something that is true for some customers.

    Parameters
    ----------
    needs : tuple of str
        Facts without which it cannot be told.
    test : callable
        ``facts -> bool array``; comparisons with a missing fact (NaN) are false.
    small, large : str
        The two facts it compares; the distance from normal is 1 − small ÷ large. Empty when it compares none.
    """

    needs: tuple[str, ...]
    test: Callable[[Facts], NDArray[np.bool_]]
    small: str = ""
    large: str = ""

    def __and__(self, other: Condition) -> Condition:
        needs = tuple(dict.fromkeys((*self.needs, *other.needs)))
        pair = self if self.small else other
        return Condition(needs, lambda facts: self.test(facts) & other.test(facts), pair.small, pair.large)

    def holds(self, facts: Facts) -> NDArray[np.bool_]:
        """Return for whom it is true."""
        with np.errstate(invalid="ignore"):
            return self.test(facts)

    def distance(self, facts: Facts) -> NDArray[np.float64]:
        """Return how far from normal, in [0, 1]; one half where nothing is compared."""
        if not self.small:
            return np.full(len(facts[self.needs[0]]), 0.5)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(facts[self.large] > 0, facts[self.small] / facts[self.large], 1.0)
        near: NDArray[np.float64] = np.clip(np.nan_to_num(ratio, nan=1.0), 0.0, 1.0)
        return 1 - near


def at_least(fact: str, least: float) -> Condition:
    """Hold where a fact is `least` or more."""
    return Condition((fact,), lambda facts: facts[fact] >= least)


def at_most(fact: str, most: float) -> Condition:
    """Hold where a fact is `most` or less."""
    return Condition((fact,), lambda facts: facts[fact] <= most)


def above(fact: str, other: str) -> Condition:
    """Hold where one fact exceeds another."""
    return Condition((fact, other), lambda facts: facts[fact] > facts[other], other, fact)


def below(fact: str, other: str, *, times: float = 1) -> Condition:
    """Hold where one fact does not exceed another (or so many times the other)."""
    return Condition((fact, other), lambda facts: facts[fact] <= times * facts[other], fact, other)


def longer(time: str, normal: str) -> Condition:
    """Hold where a time in days is clearly longer than the normal one."""

    def test(facts: Facts) -> NDArray[np.bool_]:
        time_days, normal_days = facts[time], facts[normal]
        clear = (time_days >= _CLEARLY_LONGER * normal_days) & (time_days - normal_days >= _NOISE_DAYS)
        return clear & (normal_days >= _LEAST_GAP_DAYS)

    return Condition((time, normal), test, normal, time)


def fallen(now: str, normal: str) -> Condition:
    """Hold where an amount or count, still above 0, is clearly below the normal one."""

    def test(facts: Facts) -> NDArray[np.bool_]:
        return (facts[now] > 0) & (facts[now] < _CLEARLY_FALLEN * facts[normal])

    return Condition((now, normal), test, now, normal)


def risen(now: str, normal: str) -> Condition:
    """Hold where an amount or count is clearly above the normal one."""

    def test(facts: Facts) -> NDArray[np.bool_]:
        return (facts[normal] > 0) & (facts[now] > _CLEARLY_RISEN * facts[normal])

    return Condition((now, normal), test, normal, now)
