"""The customer's own rhythm: the gaps between purchase days, and whether the next one is overdue."""

from __future__ import annotations

import narwhals as nw

from crm_ml.features.aggregates import Column, Grain
from crm_ml.features.base import feature
from crm_ml.features.formulas import deviation, ratio

_ONE_DAY = "bought on one day"
_TWO_DAYS = "fewer than 3 purchase days"


@feature("rhythm", unit="days", meaning="mean gap between purchase days", null=_ONE_DAY)
def gap_mean(day: Grain) -> Column:
    """Return (last − first purchase day) / repeat purchase days.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(gap_mean, day=[0, 10, 40], cutoff=50)
    20.0
    """
    return ratio(day.max("purchase_age") - day.min("purchase_age"), day.count("bought") - 1)


@feature("rhythm", unit="days", meaning="usual gap between purchase days", null=_ONE_DAY)
def gap_median(day: Grain) -> Column:
    """Return the median gap: the rhythm that one long holiday does not spoil.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(gap_median, day=[0, 10, 20, 300], cutoff=310)
    10.0
    """
    return day.median("gap")


@feature("rhythm", unit="days", meaning="spread of the gaps", null=_TWO_DAYS)
def gap_std(day: Grain) -> Column:
    """Return the sample standard deviation of the gaps.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(gap_std, day=[0, 10, 40], cutoff=50)
    14.14...
    """
    total = day.max("purchase_age") - day.min("purchase_age")
    return deviation(day.count("bought") - 1, total, day.sum(day["gap"] * day["gap"]))


@feature("rhythm", unit="share of the mean gap", meaning="spread of the gaps for their size", null=_TWO_DAYS)
def gap_cv(day: Grain) -> Column:
    """Return standard deviation / mean of the gaps: 0 by the clock, 1 at random, more in bursts.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(gap_cv, day=[0, 10, 20, 30], cutoff=50)
    0.0
    """
    return gap_std(day) / gap_mean(day)


@feature("rhythm", unit="days", meaning="longest silence the customer came back from", null=_ONE_DAY)
def gap_max(day: Grain) -> Column:
    """Return the longest gap.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(gap_max, day=[0, 10, 40], cutoff=50)
    30.0
    """
    return day.max("gap")


@feature("rhythm", unit="days", meaning="gap before the last purchase day", null=_ONE_DAY)
def gap_last(day: Grain) -> Column:
    """Return the latest completed gap.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(gap_last, day=[0, 10, 40], cutoff=50)
    30.0
    """
    # The age of the last purchase day but one is the smallest age + gap.
    return day.min(day["purchase_age"] + day["gap"]) - day.min("purchase_age")


@feature("rhythm", unit="usual gaps", meaning="how many usual gaps the present silence lasts", null=_ONE_DAY)
def overdue_ratio(day: Grain) -> Column:
    """Return recency / own median gap: above 1 the customer is later than usual.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(overdue_ratio, day=[0, 10, 20], cutoff=50)
    3.0
    """
    return ratio(day.min("purchase_age"), day.median("gap"))


@feature(
    "rhythm",
    unit="1 by the clock, 0 at random, below 0 in bursts",
    meaning="regularity that a slow change of pace does not hide",
    null=_TWO_DAYS,
)
def regularity(day: Grain) -> Column:
    """Return 1 − local variation of neighbouring gaps.

    The local variation is 3 × mean ((g − p) / (g + p))² over neighbouring gaps p, g: 0 for a clock, 1 for
    purchases at random (Shinomoto, Shima & Tanji 2003, Neural Computation 15, eq. 2.2). Unlike the
    coefficient of variation it compares neighbours only, so a customer who slows down evenly stays regular.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(regularity, day=[0, 10, 20, 30], cutoff=50)
    1.0
    """
    gap, previous = day["gap"], day["previous_gap"]
    local = (gap - previous) / (gap + previous)
    # Summed as integers of 1e-12, so that the order of rows cannot show in the last digits.
    trillionths = (local * local * 1e12 + 0.5).floor().cast(nw.Int64)
    return 1 - ratio(3e-12 * day.sum(trillionths), day.count("previous_gap"))
