"""What each customer bought in a period: the grain from which most analyses start.

Money is summed as integers of 1/10 000 of the currency unit, so totals are exact and the same on every
engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice, check_positive
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import DateLike, Window, as_day, before, within

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = [
    "MEASURES",
    "collect",
    "customer_days",
    "customer_totals",
    "first_days",
    "has_margin",
    "last_window",
    "measure_of",
    "measured",
    "previous",
    "totals_once",
    "units",
    "window_pair",
]

MEASURES = ("revenue", "margin", "orders")
_KNOWN: ContextVar[dict[int, tuple[Transactions, dict[Any, Any]]] | None] = ContextVar("totals", default=None)


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


@contextmanager
def totals_once() -> Iterator[None]:
    """Compute the day table and the totals of a period only once while this context lasts.

    Analyses that run together ask for the same two periods again and again.
    """
    token = _KNOWN.set({})
    try:
        yield
    finally:
        _KNOWN.reset(token)


def _known_of(tx: Transactions) -> dict[Any, Any] | None:
    known = _KNOWN.get()
    # The log itself is kept with what is known of it, so that its id cannot pass to another one.
    return None if known is None else known.setdefault(id(tx), (tx, {}))[1]


def _once(tx: Transactions, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
    known = _known_of(tx)
    if known is None:
        return compute()
    if key not in known:
        known[key] = compute()
    return known[key].copy()  # copy-on-write: costs nothing until somebody changes it


def collect(tx: Transactions, frame: nw.LazyFrame[Any], *by: str) -> pd.DataFrame:
    """Fetch a small lazy frame as pandas, sorted, so that the order of an engine never shows."""
    table: pd.DataFrame = tx.engine.to_arrow(frame).to_pandas()
    places = []
    for column in by:
        if column.endswith("_id"):
            table[column] = table[column].astype("str")
        # Sorting a few distinct texts and many whole numbers is far cheaper than sorting many texts.
        places.append(pd.factorize(table[column], sort=True)[0])
    return table.take(np.lexsort(places[::-1])).reset_index(drop=True)


def customer_days(tx: Transactions, window: Window) -> nw.LazyFrame[Any]:
    """Return one row a customer and day: ``purchase`` and, if known, ``revenue, margin, quantity``."""
    known = _known_of(tx)
    if known is None:
        return _days(tx, within(tx.log, window))
    if "days" not in known:
        known["days"] = tx.engine.materialise(_days(tx, tx.log))
    return within(known["days"], window)


def _days(tx: Transactions, rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    bought = nw.when(nw.col("is_purchase")).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)
    sums = [expression.sum().cast(dtype).alias(name) for name, expression, dtype in _measures(tx)]
    return (
        rows.with_columns(purchase=bought).group_by("customer_id", "day").agg(*sums, nw.col("purchase").max())
    )


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
    totals: pd.DataFrame = _once(tx, ("totals", window), lambda: _totals(tx, window))
    return totals


def _totals(tx: Transactions, window: Window) -> pd.DataFrame:
    day = nw.when(nw.col("purchase") == 1).then(nw.col("day"))
    sums = [nw.col(name).sum().cast(dtype).alias(name) for name, _, dtype in _measures(tx)]
    grouped = (
        customer_days(tx, window)
        .group_by("customer_id")
        .agg(
            *sums,
            nw.col("purchase").sum().cast(nw.Int64).alias("purchase_days"),
            day.min().cast(nw.Float64).alias("first_day"),
            day.max().cast(nw.Float64).alias("last_day"),
        )
    )
    table = collect(tx, grouped, "customer_id").set_index("customer_id")
    table["orders"] = table["purchase_days"]
    if tx.has("order_id"):
        table["orders"] = _orders(tx, window).reindex(table.index, fill_value=0)
    return table


def _orders(tx: Transactions, window: Window) -> pd.Series[int]:
    bought = within(tx.log, window).filter(nw.col("is_purchase"))
    # An order that is spread over days is one order of that customer.
    orders = bought.select("customer_id", "order_id").unique()
    grouped = orders.group_by("customer_id").agg(nw.len().cast(nw.Int64).alias("orders"))
    counted: pd.Series[int] = collect(tx, grouped, "customer_id").set_index("customer_id")["orders"]
    return counted


def first_days(tx: Transactions, cutoff: DateLike) -> pd.Series[int]:
    """Return the first day of purchase of every customer known before the cutoff, indexed by customer_id."""
    days: pd.Series[int] = _once(tx, ("first", as_day(cutoff)), lambda: _first_days(tx, cutoff))
    return days


def _first_days(tx: Transactions, cutoff: DateLike) -> pd.Series[int]:
    bought = before(tx.log, cutoff).filter(nw.col("is_purchase"))
    grouped = bought.group_by("customer_id").agg(nw.col("day").min().cast(nw.Int64).alias("first_day"))
    days: pd.Series[int] = collect(tx, grouped, "customer_id").set_index("customer_id")["first_day"]
    return days
