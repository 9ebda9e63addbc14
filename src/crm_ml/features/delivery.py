"""What we promised and when it came; only what was known at the cutoff."""

from __future__ import annotations

from crm_ml.features.aggregates import Column, Grain
from crm_ml.features.base import feature
from crm_ml.features.formulas import ratio


@feature(
    "delivery",
    grain="promise",
    unit="share of promises",
    meaning="part of the delivery promises that were kept",
    null="no promise whose outcome is known",
)
def on_time_share(promise: Grain) -> Column:
    """Return lines delivered no later than promised / lines whose outcome is known.

    A promise that passed without delivery is broken, though the goods may still be on their way.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> lines = {"promised_day": [5, 15], "delivered_day": [4, None]}
    >>> value_of(on_time_share, day=[0, 10], **lines, cutoff=20)
    0.5
    """
    return ratio(promise.sum("kept"), promise.sum("promises"))


@feature(
    "delivery",
    grain="delivery",
    unit="days",
    meaning="mean days from order to delivery",
    null="nothing delivered",
)
def delivery_days_mean(delivery: Grain) -> Column:
    """Return the mean of delivered − ordered over the lines delivered before the cutoff.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(delivery_days_mean, day=[0, 10], delivered_day=[4, 12], cutoff=20)
    3.0
    """
    return ratio(delivery.sum("waiting"), delivery.sum("deliveries"))
