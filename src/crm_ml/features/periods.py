"""The periods that features look back over, as ages in days: age 1 is the day before the cutoff.

A quarter is 91 days, so that four of them are 52 whole weeks: weekdays match from year to year, and the
first quarter of the last four is the one that comes again.
"""

from __future__ import annotations

import narwhals as nw

from crm_ml.features.base import Ages, Grain

__all__ = ["QUARTER", "QUARTERS", "WEEKS_52", "YEAR", "before_half_year", "half_year"]

YEAR = 365
WEEKS_52 = 364
QUARTER = 91
# The last five quarters, latest first: a year, and the quarter that the latest one is compared with.
QUARTERS: tuple[Ages, ...] = tuple((1 + QUARTER * k, QUARTER * (k + 1)) for k in range(5))


def half_year(day: Grain, column: str) -> nw.Expr:
    """Return the sum over the last two quarters."""
    latest, second = (day.sum(column, quarter) for quarter in QUARTERS[:2])
    return latest + second


def before_half_year(day: Grain, column: str) -> nw.Expr:
    """Return the sum over everything before the last two quarters."""
    return day.sum(column) - half_year(day, column)
