"""What each customer bought in a period: the grain from which most analyses start.

Money is summed as integers of 1/10 000 of the currency unit, so totals are exact and the same on every
engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd

from crm_ml.analysis.memory import once, remembers
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice, check_positive
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import DateLike, Window, as_day, within

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = [
    "MEASURES",
    "collect",
    "customer_days",
    "customer_totals",
    "dated_days",
    "first_days",
    "first_purchases",
    "has_margin",
    "last_window",
    "measure_of",
    "measured",
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


def has_margin(tx: Transactions) -> bool:
    """Whether the log states a profit, or a cost from which it follows."""
    return tx.has("profit") or tx.has("amount", "cost")


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


def collect(tx: Transactions, frame: nw.LazyFrame[Any], *by: str) -> pd.DataFrame:
    """Fetch a small lazy frame as pandas, sorted, so that the order of an engine never shows."""
    table: pd.DataFrame = tx.engine.to_arrow(frame.sort(*by)).to_pandas()
    return table.astype({column: "str" for column in by if column.endswith("_id")})


def customer_days(tx: Transactions, window: Window, *, orders: bool = False) -> nw.LazyFrame[Any]:
    """Return one row a customer and day: ``purchase`` and, if known, ``revenue, margin, quantity``.

    With `orders` also the number of orders placed on that day: an order counts once, on its first day with a
    purchase, so that the orders of periods add up.
    """
    if not remembers():
        return within(_days(tx, orders), window)
    return within(once(tx, "days", lambda: tx.engine.materialise(_days(tx, orders=True))), window)


def _days(tx: Transactions, orders: bool) -> nw.LazyFrame[Any]:
    bought = nw.when(nw.col("is_purchase")).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)
    sums = [expression.sum().cast(dtype).alias(name) for name, expression, dtype in _measures(tx)]
    rows = tx.log.with_columns(purchase=bought)
    days = rows.group_by("customer_id", "day").agg(*sums, nw.col("purchase").max())
    return _with_orders(tx, days) if orders else days


def _with_orders(tx: Transactions, days: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    if not tx.has("order_id"):
        return days.with_columns(orders=nw.col("purchase"))
    loose = nw.when(nw.col("order_id").is_null()).then(nw.col("day"))  # a line without order: one a day
    bought = tx.log.filter(nw.col("is_purchase")).with_columns(loose=loose)
    placed = bought.group_by("customer_id", "order_id", "loose").agg(nw.col("day").min())
    counts = placed.group_by("customer_id", "day").agg(nw.len().cast(nw.Int64).alias("orders"))
    joined = days.join(counts, on=["customer_id", "day"], how="left")
    return joined.with_columns(nw.col("orders").fill_null(0))


def _measures(tx: Transactions) -> list[tuple[str, nw.Expr, Any]]:
    found: list[tuple[str, nw.Expr, Any]] = []
    if tx.has_money:
        found.append(("revenue", nw.col("amount"), nw.Int64))
    if tx.has("profit"):
        found.append(("margin", nw.col("profit"), nw.Int64))
    elif has_margin(tx):
        found.append(("margin", nw.col("amount") - nw.col("cost"), nw.Int64))
    if tx.has("quantity"):
        found.append(("quantity", nw.col("quantity"), nw.Float64))
    return found


def customer_totals(tx: Transactions, window: Window) -> pd.DataFrame:
    """Return one row a customer with a row in the period.

    Returns
    -------
    DataFrame
        Index ``customer_id`` (text, sorted); ``revenue`` and ``margin`` as int64 in 1/10 000, ``quantity``,
        ``purchase_days``, ``orders``, ``first_day`` and ``last_day`` of purchase. Columns that the log cannot
        give are absent.
    """
    # copy-on-write: a copy costs nothing until somebody changes it
    return once(tx, ("totals", window), lambda: _totals(tx, window)).copy()


def _totals(tx: Transactions, window: Window) -> pd.DataFrame:
    day = nw.when(nw.col("purchase") == 1).then(nw.col("day"))
    sums = [nw.col(name).sum().cast(dtype).alias(name) for name, _, dtype in _measures(tx)]
    grouped = (
        customer_days(tx, window, orders=True)
        .group_by("customer_id")
        .agg(
            *sums,
            nw.col("purchase").sum().cast(nw.Int64).alias("purchase_days"),
            nw.col("orders").sum().cast(nw.Int64),
            day.min().cast(nw.Float64).alias("first_day"),
            day.max().cast(nw.Float64).alias("last_day"),
        )
    )
    return collect(tx, grouped, "customer_id").set_index("customer_id")


def first_purchases(tx: Transactions) -> nw.LazyFrame[Any]:
    """Return one row a customer: ``customer_id, first_day`` of purchase."""

    def computed() -> nw.LazyFrame[Any]:
        days = customer_days(tx, Window(tx.first_day, as_day(tx.last_day) - as_day(tx.first_day) + 1))
        bought = days.filter(nw.col("purchase") == 1)
        return bought.group_by("customer_id").agg(nw.col("day").min().cast(nw.Int64).alias("first_day"))

    if not remembers():
        return computed()
    return once(tx, "first", lambda: tx.engine.materialise(computed()))


def dated_days(tx: Transactions, window: Window) -> nw.LazyFrame[Any]:
    """Return the rows of :func:`customer_days` of customers who ever purchased, with their ``first_day``."""

    def joined() -> nw.LazyFrame[Any]:
        ever = Window(tx.first_day, as_day(tx.last_day) - as_day(tx.first_day) + 1)
        return customer_days(tx, ever).join(first_purchases(tx), on="customer_id", how="inner")

    if not remembers():
        return within(joined(), window)
    return within(once(tx, "dated", lambda: tx.engine.materialise(joined())), window)


def first_days(tx: Transactions, cutoff: DateLike) -> pd.Series[int]:
    """Return the first day of purchase of every customer known before the cutoff, indexed by customer_id."""
    days = once(tx, "first_days", lambda: collect(tx, first_purchases(tx), "customer_id"))
    known = days[days["first_day"] - as_day(cutoff) < 0]
    first: pd.Series[int] = known.set_index("customer_id")["first_day"]
    return first
