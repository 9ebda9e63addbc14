"""Closed forms over additive sums, so that every feature comes out of one pass.

All of them are null where the value is not defined, never infinite.
"""

from __future__ import annotations

import narwhals as nw

__all__ = ["change", "deviation", "ratio", "slope"]


def ratio(part: nw.Expr, whole: nw.Expr) -> nw.Expr:
    """Return part / whole, null when whole is zero."""
    return nw.when(whole != 0).then(part / whole)


def change(now: nw.Expr, before: nw.Expr) -> nw.Expr:
    """Return (now − before) / (now + before): −1 fell to nothing, 0 the same, +1 came out of nothing.

    Unlike now / before it is bounded, symmetric, and defined when one of the two is zero.
    """
    return ratio(now - before, now + before)


def deviation(n: nw.Expr, total: nw.Expr, squares: nw.Expr) -> nw.Expr:
    """Return the sample standard deviation from n, Σx and Σx² (exact for integers), null for n < 2."""
    # Integers below 2**53 are exact in a double, so the difference cannot come out negative.
    return nw.when(n > 1).then(((n * squares - total * total) / (n * (n - 1))).sqrt())


def slope(n: nw.Expr, x: nw.Expr, y: nw.Expr, xx: nw.Expr, xy: nw.Expr) -> nw.Expr:
    """Return the least-squares slope of y on x from n, Σx, Σy, Σx², Σxy, null when all x are equal."""
    return ratio(n * xy - x * y, n * xx - x * x)
