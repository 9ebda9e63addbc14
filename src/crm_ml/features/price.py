"""How much of a bargain it must be: discounts and the price of a unit."""

from __future__ import annotations

from crm_ml.features.aggregates import Column, Grain
from crm_ml.features.base import feature
from crm_ml.features.formulas import change, ratio
from crm_ml.features.measures import SHARE_SCALE
from crm_ml.features.periods import before_half_year, half_year


@feature("price", unit="share of the list price", meaning="mean discount of a line", null="no discount known")
def discount_mean(day: Grain) -> Column:
    """Return the mean discount over lines of purchases, stated or from the list price.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(discount_mean, day=[0, 10], discount=[0.0, 0.5], cutoff=20)
    0.25
    """
    return _mean_discount(day.sum("discount"), day.sum("priced_lines"))


@feature(
    "price",
    unit="share of lines",
    meaning="part of the lines that were bought at a discount",
    null="no discount known",
)
def discounted_share(day: Grain) -> Column:
    """Return lines with a discount / lines whose discount is known: who waits for the offer.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(discounted_share, day=[0, 10], amount=[10.0, 8.0], list_price=[10.0, 10.0], cutoff=20)
    0.5
    """
    return ratio(day.sum("discounted_lines"), day.sum("priced_lines"))


@feature(
    "price",
    unit="share of the list price",
    meaning="mean discount in the last half year minus earlier",
    null="no discount known in one of the two",
)
def discount_trend(day: Grain) -> Column:
    """Return the mean discount of the last 182 days − before: a customer bought ever dearer.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(discount_trend, day=[0, 390], discount=[0.25, 0.5], cutoff=400)
    0.25
    """
    now, before = (
        _mean_discount(period(day, "discount"), period(day, "priced_lines"))
        for period in (half_year, before_half_year)
    )
    return now - before


@feature(
    "price",
    unit="−1 to +1",
    meaning="money a unit in the last half year against earlier",
    null="no units in one of the two",
)
def unit_price_trend(day: Grain) -> Column:
    """Return (now − before) / (now + before) over money / units: trading up or down, or a rise.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> bought = {"amount": [10.0, 60.0], "quantity": [1.0, 2.0]}
    >>> value_of(unit_price_trend, day=[0, 390], **bought, cutoff=400)
    0.5
    """
    now = ratio(half_year(day, "spend"), half_year(day, "units"))
    before = ratio(before_half_year(day, "spend"), before_half_year(day, "units"))
    return change(now, before)


def _mean_discount(discount: Column, lines: Column) -> Column:
    return ratio(discount, lines * SHARE_SCALE)
