"""The summary that buy-till-you-die models need (Fader, Hardie & Lee 2005), in days.

The clock of a customer starts at the first purchase: ``t_x`` is large for a customer who bought until
recently, the opposite of `recency_days`. The values equal
``lifetimes.utils.summary_data_from_transaction_data`` with ``observation_period_end`` = the cutoff, fed with
the rows before it.
"""

from __future__ import annotations

from crm_ml.features.aggregates import Column, Grain, when
from crm_ml.features.base import feature


@feature("btyd", unit="days", dtype="int", meaning="repeat purchase days: the first one does not count")
def frequency(day: Grain) -> Column:
    """Return purchase days − 1.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(frequency, day=[0, 10, 20], cutoff=30)
    2
    """
    return day.count("bought") - 1


@feature("btyd", unit="days", dtype="int", meaning="age of the customer at the last purchase")
def t_x(day: Grain) -> Column:
    """Return last − first purchase day; 0 for a customer who bought on one day.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(t_x, day=[0, 10, 20], cutoff=30)
    20
    """
    return day.max("purchase_age") - day.min("purchase_age")


@feature("btyd", unit="days", dtype="int", meaning="age of the customer at the cutoff")
def T(day: Grain) -> Column:  # noqa: N802 - the field's own symbol
    """Return cutoff − first purchase day.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(T, day=[0, 10, 20], cutoff=30)
    30
    """
    return day.max("purchase_age")


@feature("btyd", unit="currency per repeat purchase day", meaning="mean money of a repeat purchase day")
def monetary_value(day: Grain) -> Column:
    """Return the mean money of purchases over repeat purchase days; 0 without one, as in lifetimes.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(monetary_value, day=[0, 10, 20], amount=[90.0, 10.0, 20.0], cutoff=30)
    15.0
    """
    repeats = day.count("bought") - 1
    mean = (day.sum("spend") - day.sum(_first_spend(day))) / repeats
    return when(repeats > 0, mean, 0.0)


@feature("btyd", unit="currency", meaning="money of the first purchase day")
def first_value(day: Grain) -> Column:
    """Return the money of the purchases on the first purchase day: all that is known of a one-time buyer.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(first_value, day=[0, 10, 20], amount=[90.0, 10.0, 20.0], cutoff=30)
    90.0
    """
    return day.sum(_first_spend(day)) * 1.0


def _first_spend(day: Grain) -> Column:
    return when(day["gap"].is_null(), day["spend"])
