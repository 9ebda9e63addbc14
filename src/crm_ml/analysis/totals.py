"""What each customer bought in a period, and which periods are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd

from crm_ml.analysis.day_table import customer_days, customers, fetch, has_margin, log_measures, named
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice, check_positive
from crm_ml.data.memory import once
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import DateLike, Window, as_day

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = [
    "MEASURES",
    "customer_totals",
    "everybody",
    "last_window",
    "measure_of",
    "measured",
    "numbered_totals",
    "previous",
    "units",
    "window_pair",
]

MEASURES = ("revenue", "margin", "orders")


def last_window(tx: Transactions, as_of: DateLike | None = None, period_days: int = 365) -> Window:
    """Return the last `period_days` before `as_of` (by default the day after the last row)."""
    check_positive(period_days, what="period_days")
    end = as_day(tx.last_day) + 1 if as_of is None else as_day(as_of)
    return Window(end - period_days, period_days)


def previous(window: Window) -> Window:
    """Return the period of the same length that ends where this one starts.

    Examples
    --------
    >>> previous(Window("2011-01-01", 365)).cutoff
    datetime.date(2010, 1, 1)
    """
    return Window(window.cutoff_day - window.horizon_days, window.horizon_days)


def window_pair(
    tx: Transactions, as_of: DateLike | None = None, period_days: int = 365
) -> tuple[Window, Window]:
    """Return the period before and the last period.

    Raises
    ------
    InputError
        When the data begin after the earlier period has ended: there is nothing to compare with.
    """
    later = last_window(tx, as_of, period_days)
    if as_day(tx.first_day) >= later.cutoff_day:
        raise InputError(
            f"there is no earlier period of {period_days} days",
            got=f"data from {tx.first_day} to {tx.last_day}",
            do="choose a shorter period_days or a later as_of",
        )
    return previous(later), later


def measure_of(tx: Transactions, measure: str | None = None) -> str:
    """Return the measure that is asked for, or the best one that the log has.

    Raises
    ------
    InputError
        When the log lacks what the measure needs.
    """
    if measure is None:
        return "revenue" if tx.has_money else "orders"
    check_choice(measure, MEASURES, what="measure")
    if (measure == "margin" and not has_margin(tx)) or (measure == "revenue" and not tx.has_money):
        raise InputError(
            f"the transactions hold no {measure}",
            got=f"columns {', '.join(tx.columns)}",
            do="map a column to amount, cost or profit, or use measure='orders'",
        )
    return measure


def units(measure: str) -> int:
    """Return by how much the integers of a measure must be divided: 10 000 for money, 1 for counts."""
    return 1 if measure == "orders" else MONEY_SCALE


def measured(table: pd.DataFrame, measure: str) -> pd.Series[float]:
    """Return a measure of a totals table in currency units (or as a count)."""
    return (table[measure] / units(measure)).rename(measure)


def customer_totals(tx: Transactions, window: Window) -> pd.DataFrame:
    """Return one row a customer with a row in the period.

    Returns
    -------
    DataFrame
        Index ``customer_id`` (text, sorted); ``revenue`` and ``margin`` as int64 in 1/10 000, ``quantity``,
        ``purchase_days``, ``orders``, ``first_day`` and ``last_day`` of purchase. Columns that the log cannot
        give are absent.
    """

    def made() -> pd.DataFrame:
        totals = numbered_totals(tx, window)
        return totals.set_axis(named(tx, totals.index))

    # copy-on-write: a copy costs nothing until somebody changes it
    return once(tx, ("named totals", window), made).copy()


def everybody(tx: Transactions, window: Window) -> pd.DataFrame:
    """Return the sums and counts of :func:`customer_totals` for all customers, 0 for the absent."""
    sums = numbered_totals(tx, window).drop(columns=["first_day", "last_day"])
    return sums.reindex(range(len(customers(tx))), fill_value=0).set_axis(customers(tx))


def numbered_totals(tx: Transactions, window: Window) -> pd.DataFrame:
    """Return :func:`customer_totals` with customers as numbers; never change it."""
    return once(tx, ("totals", window), lambda: _totals(tx, window))


def _totals(tx: Transactions, window: Window) -> pd.DataFrame:
    day = nw.when(nw.col("purchase") == 1).then(nw.col("day"))
    sums = [nw.col(name).sum().cast(dtype).alias(name) for name, _, dtype in log_measures(tx)]
    grouped = (
        customer_days(tx, window)
        .group_by("customer_id")
        .agg(
            *sums,
            nw.col("purchase").sum().cast(nw.Int64).alias("purchase_days"),
            nw.col("orders").sum().cast(nw.Int64),
            day.min().cast(nw.Float64).alias("first_day"),
            day.max().cast(nw.Float64).alias("last_day"),
        )
    )
    return fetch(tx, grouped, "customer_id").set_index("customer_id")
