"""The periods that features look back over, as ages in days: age 1 is the day before the cutoff.

A quarter is 91 days, so that four of them are 52 whole weeks: weekdays match from year to year, and the
oldest of the last four is the one that comes again.
"""

from __future__ import annotations

from itertools import pairwise

from crm_ml.features.aggregates import Column, Grain

__all__ = ["QUARTER", "WEEKS_52", "YEAR", "before_half_year", "half_year", "quarters"]

YEAR = 365
WEEKS_52 = 364
QUARTER = 91


def quarters(day: Grain, column: str, n: int) -> list[Column]:
    """Return the sums of a column over each of the last `n` quarters, latest first."""
    up_to = [day.sum(column, last=QUARTER * k) for k in range(1, n + 1)]
    return [up_to[0], *(longer - shorter for shorter, longer in pairwise(up_to))]


def half_year(day: Grain, column: str) -> Column:
    """Return the sum over the last two quarters."""
    return day.sum(column, last=2 * QUARTER)


def before_half_year(day: Grain, column: str) -> Column:
    """Return the sum over everything before the last two quarters."""
    return day.sum(column) - half_year(day, column)
