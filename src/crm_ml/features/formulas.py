"""Closed forms over additive sums, so that every feature comes out of one pass.

All of them are null where the value is not defined, never infinite.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from crm_ml.features.aggregates import Column, when

__all__ = ["change", "deviation", "largest", "ratio", "slope"]


def ratio(part: Column, whole: Column) -> Column:
    """Return part / whole, null when whole is zero."""
    return when(whole != 0, part / whole)


def change(now: Column, before: Column) -> Column:
    """Return (now − before) / (now + before): −1 fell to nothing, 0 the same, +1 came out of nothing.

    Unlike now / before it is bounded, symmetric, and defined when one of the two is zero.
    """
    return ratio(now - before, now + before)


def deviation(n: Column, total: Column, squares: Column) -> Column:
    """Return the sample standard deviation from n, Σx and Σx² (exact for integers), null for n < 2."""
    # Integers below 2**53 are exact in a double, so the difference cannot come out negative.
    return when(n > 1, ((n * squares - total * total) / (n * (n - 1))).sqrt())


def largest(values: Sequence[Column]) -> Column:
    """Return the largest of some columns without nulls."""
    return functools.reduce(lambda most, one: when(one > most, one, most), values)


def slope(n: Column, x: Column, y: Column, xx: Column, xy: Column) -> Column:
    """Return the least-squares slope of y on x from n, Σx, Σy, Σx², Σxy, null when all x are equal."""
    return ratio(n * xy - x * y, n * xx - x * x)
