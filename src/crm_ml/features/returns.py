"""What comes back: returns, cancellations, credit notes, booked on their own day."""

from __future__ import annotations

from crm_ml.features.aggregates import Column, Grain, when
from crm_ml.features.base import feature
from crm_ml.features.formulas import ratio


@feature(
    "returns",
    unit="share of money",
    meaning="part of the money of purchases that came back",
    null="no money of purchases",
)
def return_money_share(day: Grain) -> Column:
    """Return money of returns / money of purchases.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(return_money_share, day=[0, 10], amount=[40.0, -10.0], cutoff=20)
    0.25
    """
    return ratio(day.sum("spend") - day.sum("revenue"), day.sum("spend"))


@feature("returns", unit="share of lines", meaning="part of the lines that are returns")
def return_line_share(day: Grain) -> Column:
    """Return lines of returns / all lines.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(return_line_share, day=[0, 0, 0, 10], amount=[40.0, 1.0, 1.0, -10.0], cutoff=20)
    0.25
    """
    returned = day.sum("return_lines")
    return ratio(returned, returned + day.sum("lines"))


@feature("returns", unit="days", meaning="days since the last return", null="never returned")
def days_since_return(day: Grain) -> Column:
    """Return cutoff − day of the last return: a return is often the last word.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(days_since_return, day=[0, 10], amount=[40.0, -10.0], cutoff=20)
    10.0
    """
    return day.min(when(day["return_lines"] > 0, day["age"]))
