"""When in the week and in the year the customer buys."""

from __future__ import annotations

from itertools import pairwise

from crm_ml.features.aggregates import Column, Grain, when
from crm_ml.features.base import feature
from crm_ml.features.formulas import change, largest, ratio
from crm_ml.features.periods import QUARTER, WEEKS_52, YEAR, quarters


@feature("season", unit="share of purchase days", meaning="part of the purchase days that fall in a weekend")
def weekend_share(day: Grain) -> Column:
    """Return purchase days on Saturday or Sunday / purchase days; the only feature of the calendar.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(weekend_share, day=[0, 2], cutoff=20)  # Thursday 1 and Saturday 3 January 1970
    0.5
    """
    weekday = (day["day"] + 3) % 7  # day 0 was a Thursday; Monday is 0
    at_weekend = when(weekday >= 5, day["bought"])
    return ratio(day.count(at_weekend), day.count("bought"))


@feature(
    "season",
    unit="share of purchase days",
    meaning="part of the purchase days in the busiest quarter of the year",
    null="less than a year a customer",
    looks_back=YEAR,
)
def season_peak_share(day: Grain) -> Column:
    """Return purchase days in the busiest of four 91-day seasons / purchase days; .25 without a season.

    Seasons are counted back from the cutoff, 364 days a year, and years are laid over each other.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(season_peak_share, day=[0, 364, 500, 728], cutoff=730)
    0.75
    """
    up_to = [day.count(when(day["day_of_year"] < QUARTER * k, day["bought"])) for k in range(1, 4)]
    counts = [up_to[0], *(more - less for less, more in pairwise([*up_to, day.count("bought")]))]
    share = ratio(largest(counts), day.count("bought"))
    return when(day.max("purchase_age") >= WEEKS_52, share)


@feature(
    "season",
    unit="share of the year",
    meaning="part of the last year's money spent in the quarter that now comes again",
    null="less than a year a customer, or no money in it",
    looks_back=YEAR,
)
def season_ahead_share(day: Grain) -> Column:
    """Return money of purchases in the oldest of the last four quarters / in all four: is the season to come.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(season_ahead_share, day=[0, 40, 300], amount=[5.0, 30.0, 10.0], cutoff=370)
    0.75
    """
    share = ratio(quarters(day, "spend", 4)[3], day.sum("spend", last=WEEKS_52))
    return when(day.max("purchase_age") >= WEEKS_52, share)


@feature(
    "season",
    unit="−1 to +1",
    meaning="money of the last quarter against the same weeks a year ago",
    null="a customer for less than 455 days, or no money in either",
    looks_back=YEAR + QUARTER,
)
def spend_yoy_quarter(day: Grain) -> Column:
    """Return (now − then) / (now + then), 52 whole weeks apart, so that weekdays match.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(spend_yoy_quarter, day=[0, 100, 460], amount=[5.0, 30.0, 10.0], cutoff=500)
    -0.5
    """
    now, *_, then = quarters(day, "spend", 5)
    return when(day.max("purchase_age") >= WEEKS_52 + QUARTER, change(now, then))
