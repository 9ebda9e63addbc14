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

from crm_ml.data.memory import once
from crm_ml.data.windows import DateLike, Window, as_day, is_before, within

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
    return once(tx, "day table", lambda: _made(tx, tx.engine.materialise(_placed(tx))))


def _made(tx: Transactions, placed: nw.LazyFrame[Any]) -> _DayTable:
    """Make the day table of what was placed; give each customer a number."""
    bought = nw.when(nw.col("purchase") == 1).then(nw.col("day"))
    first = placed.group_by("customer_id").agg(bought.min().cast(nw.Int64).alias("first_day"))
    firsts = tx.engine.to_arrow(first.sort("customer_id"))
    numbers = tx.engine.from_arrow(firsts.append_column("number", pa.array(np.arange(len(firsts)))))
    sums = [nw.col(name).sum().cast(dtype) for name, _, dtype in log_measures(tx)]
    counts = [nw.col("purchase").max(), nw.col("orders").sum().cast(nw.Int64)]
    lines = _with_orders(tx, placed).join(numbers, on="customer_id", how="inner")
    days = lines.group_by("number", "day", "first_day").agg(*sums, *counts).rename({"number": "customer_id"})
    days = tx.engine.materialise(days)
    tx.engine.release(placed)
    ids = pd.Index(firsts["customer_id"].to_pandas(), dtype="str", name="customer_id")
    return _DayTable(days, firsts["first_day"].to_pandas().astype("float64").set_axis(ids))


def _placed(tx: Transactions) -> nw.LazyFrame[Any]:
    """Return one row a customer, order and day, as far as the log knows orders."""
    bought = nw.when(nw.col("is_purchase")).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)
    sums = [value.sum().cast(dtype).alias(name) for name, value, dtype in log_measures(tx)]
    keys = ("customer_id", "day", *(["order_id"] if tx.has("order_id") else []))
    return tx.log.with_columns(purchase=bought).group_by(*keys).agg(*sums, nw.col("purchase").max())


def _with_orders(tx: Transactions, placed: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Add ``orders``: 1 on the first day of an order with a purchase; lines without order make one a day."""
    if not tx.has("order_id"):
        return placed.with_columns(orders=nw.col("purchase"))
    order = ["customer_id", "order_id"]
    bought = placed.filter(nw.col("purchase") == 1, ~nw.col("order_id").is_null())
    spread = bought.group_by(*order).agg(nw.col("day").min().alias("start"), nw.len().alias("days"))
    # Few orders are spread over days, so that little has to be joined.
    spread = spread.filter(nw.col("days") > 1).drop("days")
    waited = nw.col("day") - nw.col("start")  # missing where an order has one day
    orders = nw.when(waited != 0).then(nw.lit(0)).otherwise(nw.col("purchase")).cast(nw.Int64)
    return placed.join(spread, on=order, how="left").with_columns(orders=orders)
