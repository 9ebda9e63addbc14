"""Where the customer is going: recent windows, windows against each other, and trends."""

from __future__ import annotations

from itertools import pairwise

import narwhals as nw

from crm_ml.data.schema import MONEY_SCALE
from crm_ml.features.aggregates import Column, Grain
from crm_ml.features.base import feature
from crm_ml.features.formulas import change, ratio, slope
from crm_ml.features.periods import QUARTER, WEEKS_52, YEAR, quarters


@feature("trend", unit="orders", dtype="int", meaning="orders in the last 30 days")
def orders_30d(day: Grain) -> Column:
    """Return orders of ages 1 to 30 days.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(orders_30d, day=[69, 70, 99], cutoff=100)
    2
    """
    return day.sum("orders", last=30)


@feature("trend", unit="orders", dtype="int", meaning="orders in the last 90 days")
def orders_90d(day: Grain) -> Column:
    """Return orders of ages 1 to 90 days.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(orders_90d, day=[9, 10, 99], cutoff=100)
    2
    """
    return day.sum("orders", last=90)


@feature("trend", unit="orders", dtype="int", meaning="orders in the last 180 days", looks_back=180)
def orders_180d(day: Grain) -> Column:
    """Return orders of ages 1 to 180 days.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(orders_180d, day=[19, 20, 199], cutoff=200)
    2
    """
    return day.sum("orders", last=180)


@feature("trend", unit="orders", dtype="int", meaning="orders in the last 365 days", looks_back=YEAR)
def orders_12m(day: Grain) -> Column:
    """Return orders of ages 1 to 365 days.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(orders_12m, day=[34, 35, 399], cutoff=400)
    2
    """
    return day.sum("orders", last=YEAR)


@feature("trend", unit="currency", meaning="revenue in the last 30 days")
def revenue_30d(day: Grain) -> Column:
    """Return amounts of ages 1 to 30 days, returns subtracted.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(revenue_30d, day=[69, 70, 99], amount=[1.0, 20.0, 300.0], cutoff=100)
    320.0
    """
    return day.sum("revenue", last=30)


@feature("trend", unit="currency", meaning="revenue in the last 90 days")
def revenue_90d(day: Grain) -> Column:
    """Return amounts of ages 1 to 90 days, returns subtracted.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(revenue_90d, day=[9, 10, 99], amount=[1.0, 20.0, 300.0], cutoff=100)
    320.0
    """
    return day.sum("revenue", last=90)


@feature("trend", unit="currency", meaning="revenue in the last 180 days", looks_back=180)
def revenue_180d(day: Grain) -> Column:
    """Return amounts of ages 1 to 180 days, returns subtracted.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(revenue_180d, day=[19, 20, 199], amount=[1.0, 20.0, 300.0], cutoff=200)
    320.0
    """
    return day.sum("revenue", last=180)


@feature("trend", unit="currency", meaning="revenue in the last 365 days", looks_back=YEAR)
def revenue_12m(day: Grain) -> Column:
    """Return amounts of ages 1 to 365 days, returns subtracted.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(revenue_12m, day=[34, 35, 399], amount=[1.0, 20.0, 300.0], cutoff=400)
    320.0
    """
    return day.sum("revenue", last=YEAR)


@feature(
    "trend", unit="currency", meaning="revenue in the 365 days before the last 365", looks_back=YEAR + QUARTER
)
def revenue_prev_12m(day: Grain) -> Column:
    """Return amounts of ages 366 to 730 days, returns subtracted.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(revenue_prev_12m, day=[34, 35, 399], amount=[1.0, 20.0, 300.0], cutoff=400)
    1.0
    """
    return day.sum("revenue", last=2 * YEAR) - day.sum("revenue", last=YEAR)


@feature(
    "trend",
    unit="−1 to +1",
    meaning="orders of the last quarter against the one before",
    null="none in either",
    looks_back=2 * QUARTER,
)
def orders_change_quarter(day: Grain) -> Column:
    """Return (now − before) / (now + before) over quarters of 91 days.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(orders_change_quarter, day=[50, 60, 150], cutoff=200)
    -0.3333...
    """
    now, before = quarters(day, "orders", 2)
    return change(now, before)


@feature(
    "trend",
    unit="−1 to +1",
    meaning="money of the last quarter against the one before",
    null="none in either",
    looks_back=2 * QUARTER,
)
def spend_change_quarter(day: Grain) -> Column:
    """Return (now − before) / (now + before) over the money of purchases in quarters of 91 days.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(spend_change_quarter, day=[100, 190], amount=[30.0, 10.0], cutoff=200)
    -0.5
    """
    now, before = quarters(day, "spend", 2)
    return change(now, before)


@feature(
    "trend",
    unit="share of the year",
    meaning="part of the year's money spent in its last quarter",
    null="no money in the last year",
    looks_back=YEAR,
)
def last_quarter_share(day: Grain) -> Column:
    """Return money of purchases in the last of four quarters / in all four; a steady customer has .25.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(last_quarter_share, day=[100, 390], amount=[30.0, 10.0], cutoff=400)
    0.25
    """
    return ratio(day.sum("spend", last=QUARTER), day.sum("spend", last=WEEKS_52))


@feature(
    "trend",
    unit="currency per year",
    meaning="how the money of a purchase day changes in a year",
    null="bought on one day",
)
def spend_slope(day: Grain) -> Column:
    """Return 365 × the least-squares slope of the money of a purchase day on its day.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(spend_slope, day=[0, 100, 200], amount=[10.0, 20.0, 30.0], cutoff=300)
    36.5
    """
    age, spend = day["purchase_age"], day["spend"]
    n, ages, money = day.count("bought"), day.sum("purchase_age"), day.sum("spend")
    # Units and fractions apart: times of large amounts by ages are more than 64 bits hold.
    units, fractions = day.sum(age * (spend // MONEY_SCALE)), day.sum(age * (spend % MONEY_SCALE))
    return -YEAR * slope(n, ages, money, day.sum(age * age), units * MONEY_SCALE + fractions)


@feature(
    "trend",
    unit="standard deviations",
    meaning="whether purchases come faster (+) or fade (−)",
    null="bought on one day",
)
def activity_trend(day: Grain) -> Column:
    """Return the Laplace trend statistic of the repeat purchase days since the first one.

    With repeats at times t₁ … tₙ of a life of T days it is (mean t − T/2) / (T √(1/12n)): about standard
    normal for a customer whose pace does not change (Cox & Lewis 1966, The Statistical Analysis of Series
    of Events, §3.3).

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> round(value_of(activity_trend, day=[0, 10, 20, 30], cutoff=300), 2)
    -2.6
    """
    purchases, life = day.count("bought"), day.max("purchase_age")
    repeats = purchases - 1
    # Times since the first purchase are life − age; the first purchase itself adds nothing.
    mean_time = ratio(purchases * life - day.sum("purchase_age"), repeats)
    return (mean_time / life - 0.5) * (12 * repeats).sqrt()


@feature(
    "trend",
    unit="quarters",
    dtype="int",
    meaning="for how many quarters in a row the money has fallen",
    looks_back=WEEKS_52,
)
def falling_quarters(day: Grain) -> Column:
    """Return the number of falls in a row, counted back over the last five quarters of 91 days (0 to 4).

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(falling_quarters, day=[0, 95, 185, 280], amount=[10.0, 40.0, 30.0, 20.0], cutoff=364)
    2
    """
    newest, second, third, fourth = (
        (now < before).cast(nw.Float64) for now, before in pairwise(quarters(day, "spend", 5))
    )
    return newest * (1 + second * (1 + third * (1 + fourth)))
