"""How long the customer has been with us, and how the relation began."""

from __future__ import annotations

from crm_ml.features.aggregates import Column, Grain, when
from crm_ml.features.base import feature
from crm_ml.features.formulas import ratio
from crm_ml.features.periods import QUARTER, YEAR


@feature("tenure", unit="days", dtype="int", meaning="days since the first purchase day")
def tenure_days(day: Grain) -> Column:
    """Return cutoff − first purchase day.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(tenure_days, day=[0, 10], cutoff=30)
    30
    """
    return day.max("purchase_age")


@feature("tenure", unit="purchase days per year", meaning="repeat purchase days a year of being a customer")
def repeat_rate(day: Grain) -> Column:
    """Return 365 × repeat purchase days / tenure in days: the naive rate of a customer.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(repeat_rate, day=[0, 100, 200], cutoff=365)
    2.0
    """
    return YEAR * (day.count("bought") - 1) / day.max("purchase_age")


@feature(
    "tenure", unit="days", meaning="days from the first to the second purchase day", null="bought on one day"
)
def days_to_second(day: Grain) -> Column:
    """Return the first gap: how quickly a first purchase became a habit.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(days_to_second, day=[0, 12, 200], cutoff=365)
    12.0
    """
    first_gap = when(day["previous_gap"].is_null(), day["gap"])
    return day.max(first_gap)


@feature("tenure", unit="share of quarters", meaning="in which part of the quarters the customer bought")
def active_quarter_share(day: Grain) -> Column:
    """Return quarters of 91 days with a purchase / quarters since the first one, counted back from now.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(active_quarter_share, day=[0, 12, 200], cutoff=364)
    0.5
    """
    age, gap = day["purchase_age"], day["gap"]
    another = gap.is_null() | ((age - 1) % QUARTER + gap >= QUARTER)
    active = day.count(when(another, age))
    return ratio(active, ((day.max("purchase_age") - 1) / QUARTER).floor() + 1)
