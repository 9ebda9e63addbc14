"""The day table, from which most analyses start: one row a customer and day; and how tables are fetched.

It is made once a log, with customers as numbers: an engine groups, joins and sorts numbers faster than text,
and tables of all customers fit together without a search. :func:`collect` and :func:`by_customer` give the
customers their names back. Money is summed as integers of 1/10 000 of the currency unit, so totals are exact
and the same on every engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from crm_ml.analysis.sorted_days import fits_in_memory, sorted_days
from crm_ml.data.memory import once
from crm_ml.data.numbering import numbering
from crm_ml.data.windows import DateLike, Window, as_day, is_before, within
from crm_ml.features.grains import begun_orders
from crm_ml.features.in_memory.sorting import first_places

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = [
    "by_customer",
    "collect",
    "customer_days",
    "customers",
    "distinct",
    "fetch",
    "first_days",
    "first_purchases",
    "has_margin",
    "log_measures",
    "named",
]


@dataclass(frozen=True)
class _DayTable:
    """The day table of a log.

    Parameters
    ----------
    days : LazyFrame
        See :func:`customer_days`.
    first : Series
        First day of purchase of all customers, sorted by id, missing for who never bought; the place of a
        customer is its number.
    """

    days: nw.LazyFrame[Any]
    first: pd.Series[float]


def has_margin(tx: Transactions) -> bool:
    """Whether the log states a profit, or a cost from which it follows."""
    return tx.has("profit") or tx.has("amount", "cost")


def distinct(frame: nw.LazyFrame[Any], *columns: str) -> nw.LazyFrame[Any]:
    """Return each combination of columns once; a group is twice as fast as the window of ``unique``."""
    return frame.group_by(*columns).agg(nw.len()).select(*columns)


def fetch(tx: Transactions, frame: nw.LazyFrame[Any], *by: str) -> pd.DataFrame:
    """Fetch a small lazy frame as pandas, sorted, so that the order of an engine never shows."""
    table: pd.DataFrame = tx.engine.to_arrow(frame.sort(*by)).to_pandas()
    return table


def collect(tx: Transactions, frame: nw.LazyFrame[Any], *by: str) -> pd.DataFrame:
    """Fetch a small lazy frame, sorted, with ids as text."""
    table = fetch(tx, frame, *by)
    if "customer_id" in table:
        table["customer_id"] = named(tx, table["customer_id"])
    return table.astype({column: "str" for column in by if column.endswith("_id")})


def by_customer(tx: Transactions, frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    """Fetch a lazy frame of one row a customer, indexed by ``customer_id`` as sorted text."""
    table = fetch(tx, frame, "customer_id").set_index("customer_id")
    return table.set_axis(named(tx, table.index))


def named(tx: Transactions, found: pd.Series[Any] | pd.Index[Any]) -> pd.Index[str]:
    """Return the ids of customers who may be numbers of the day table."""
    if not pd.api.types.is_integer_dtype(found.dtype):
        ids: pd.Index[str] = pd.Index(found, dtype="str", name="customer_id")
        return ids
    ids, numbers = customers(tx), found.to_numpy()
    # Tables of everybody share one index, so that they fit together without a search.
    everybody = np.array_equal(numbers, np.arange(len(ids)))
    chosen: pd.Index[str] = ids if everybody else ids.take(numbers)
    return chosen


def customers(tx: Transactions) -> pd.Index[str]:
    """Return the ids of all customers, sorted: the place of one is its number in the day table."""
    ids: pd.Index[str] = first_purchases(tx).index
    return ids


def first_purchases(tx: Transactions) -> pd.Series[float]:
    """Return the first day of purchase of all customers, missing for who never bought; never change it."""
    return _day_table(tx).first


def customer_days(tx: Transactions, window: Window) -> nw.LazyFrame[Any]:
    """Return one row a customer (as a number) and day.

    Columns ``customer_id, day, purchase`` (0 or 1), ``orders``, ``first_day`` of purchase, missing for who
    never bought, and, if known, ``revenue, margin, quantity``. An order counts once, on its first day with a
    purchase, so that the orders of periods add up.
    """
    return within(_day_table(tx).days, window)


def first_days(tx: Transactions, cutoff: DateLike) -> pd.Series[int]:
    """Return the first day of purchase of every customer known before the cutoff, indexed by customer_id."""

    def known() -> pd.Series[int]:
        first = first_purchases(tx)
        return first[is_before(first, cutoff)].astype("int64")

    return once(tx, ("first days", as_day(cutoff)), known)


def log_measures(tx: Transactions) -> list[tuple[str, nw.Expr, Any]]:
    """Return name, value of a line and type of each measure that the log has."""
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


def _day_table(tx: Transactions) -> _DayTable:
    return once(tx, "day table", lambda: _made(tx))


def _made(tx: Transactions) -> _DayTable:
    """Make the day table, and from it the first days."""
    measures = {name: value.cast(dtype) for name, value, dtype in log_measures(tx)}
    if fits_in_memory(tx, len(measures)):
        rows = sorted_days(tx, measures)
        days = tx.engine.from_arrow(rows)
        firsts = rows["first_day"].take(pa.array(first_places(rows["customer_id"].to_numpy())))
    else:
        days = _grouped_days(tx)
        first = days.group_by("customer_id").agg(nw.col("first_day").min())
        firsts = tx.engine.to_arrow(first.sort("customer_id"))["first_day"]
    ids = pd.Index(numbering(tx).ids.to_pandas(), dtype="str", name="customer_id")
    return _DayTable(days, firsts.to_pandas().astype("float64").set_axis(ids).rename("first_day"))


def _grouped_days(tx: Transactions) -> nw.LazyFrame[Any]:
    """Make the day table on the engine."""
    bought = nw.when(nw.col("is_purchase")).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)
    log = numbering(tx).log.with_columns(purchase=bought)
    sums = [value.sum().cast(dtype).alias(name) for name, value, dtype in log_measures(tx)]
    days = log.group_by("customer_id", "day").agg(*sums, nw.col("purchase").max())
    if tx.has("order_id"):
        days = days.join(begun_orders(log), on=["customer_id", "day"], how="left")
    orders = nw.col("orders").fill_null(0) if tx.has("order_id") else nw.col("purchase")
    days = tx.engine.materialise(days.with_columns(orders=orders))
    on = nw.when(nw.col("purchase") == 1).then(nw.col("day"))
    first = days.group_by("customer_id").agg(first_day=on.min().cast(nw.Int64))
    known = tx.engine.materialise(days.join(first, on="customer_id", how="inner"))
    tx.engine.release(days)
    return known
