"""Recency, frequency and money, in the words of marketing: small recency is good."""

from __future__ import annotations

from crm_ml.features.aggregates import Column, Grain, when
from crm_ml.features.base import feature
from crm_ml.features.formulas import ratio


@feature("rfm", unit="days", dtype="int", meaning="days since the last purchase day")
def recency_days(day: Grain) -> Column:
    """Return cutoff − last purchase day: a purchase on the eve of the cutoff is 1 day ago.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(recency_days, day=[0, 10], cutoff=30)
    20
    """
    return day.min("purchase_age")


@feature("rfm", unit="days", dtype="int", meaning="on how many days the customer bought")
def purchase_days(day: Grain) -> Column:
    """Return the number of days with a purchase; a day with only returns is none.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(purchase_days, day=[0, 10, 10], cutoff=30)
    2
    """
    return day.count("bought")


@feature("rfm", unit="orders", dtype="int", meaning="how many orders the customer placed")
def orders(day: Grain) -> Column:
    """Return the number of orders, each counted on its first day; without order ids one a day.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(orders, day=[0, 10, 10], order_id=["a", "b", "c"], cutoff=30)
    3
    """
    return day.sum("orders")


@feature("rfm", unit="currency", meaning="money the customer brought in, returns subtracted")
def revenue(day: Grain) -> Column:
    """Return the sum of all amounts before the cutoff, returns booked on their own day.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(revenue, day=[0, 10], amount=[10.0, -4.0], cutoff=30)
    6.0
    """
    return day.sum("revenue")


@feature("rfm", unit="currency per order", meaning="mean money of an order")
def order_value_mean(day: Grain) -> Column:
    """Return the money of purchases / orders; returns do not shrink what an order was worth.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(order_value_mean, day=[0, 10], amount=[10.0, 20.0], cutoff=30)
    15.0
    """
    return ratio(day.sum("spend"), day.sum("orders"))


@feature("rfm", unit="currency per purchase day", meaning="median money of a purchase day")
def spend_median(day: Grain) -> Column:
    """Return the median of the money of purchases a purchase day: what an ordinary day is worth.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(spend_median, day=[0, 10, 20], amount=[10.0, 20.0, 900.0], cutoff=30)
    20.0
    """
    return day.median(when(~day["bought"].is_null(), day["spend"]))


@feature("rfm", unit="currency per purchase day", meaning="money of the best purchase day")
def spend_max(day: Grain) -> Column:
    """Return the largest money of purchases on one day: what the customer is able to spend.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(spend_max, day=[0, 10, 20], amount=[10.0, 20.0, 900.0], cutoff=30)
    900.0
    """
    return day.max(when(~day["bought"].is_null(), day["spend"]))


@feature("rfm", unit="currency", meaning="what the customer earned us: profit, or revenue minus costs")
def margin(day: Grain) -> Column:
    """Return the sum of profit, or of amount − cost where the source states costs.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(margin, day=[0, 10], amount=[10.0, 20.0], cost=[6.0, 15.0], cutoff=30)
    9.0
    """
    return day.sum("margin")


@feature("rfm", unit="share of revenue", meaning="margin as a share of revenue", null="revenue is zero")
def margin_rate(day: Grain) -> Column:
    """Return margin / revenue: who buys what we earn on.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(margin_rate, day=[0, 10], amount=[10.0, 20.0], cost=[6.0, 15.0], cutoff=30)
    0.3
    """
    return ratio(day.sum("margin"), day.sum("revenue"))
