"""What was bought in a period, in the two tables from which cross-selling starts; each is made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import pyarrow as pa

from crm_ml.analysis.day_table import by_customer, collect, distinct
from crm_ml.data.memory import once
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import Window, within

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = ["customer_categories", "customer_items", "distinct_bought", "purchases_with", "sold_by_category"]


def customer_items(tx: Transactions, window: Window, column: str, items: list[str]) -> pd.DataFrame:
    """Return who bought which of some items: ``customer_id`` and the item, each once."""
    wanted = tx.engine.from_arrow(pa.table({column: items}))
    bought = purchases_with(tx, window, column).join(wanted, on=column, how="inner")
    return collect(tx, distinct(bought, "customer_id", column), "customer_id", column)


def purchases_with(tx: Transactions, window: Window, column: str) -> nw.LazyFrame[Any]:
    """Return the lines of purchases in a period that name an item (product or category)."""
    return within(tx.log, window).filter(nw.col("is_purchase"), ~nw.col(column).is_null())


def distinct_bought(tx: Transactions, window: Window, column: str) -> pd.Series[int]:
    """Return how many different items each customer bought, by ``customer_id``."""

    def counted() -> pd.Series[int]:
        pairs = distinct(purchases_with(tx, window, column), "customer_id", column)
        counts = pairs.group_by("customer_id").agg(nw.len().cast(nw.Int64).alias("breadth"))
        found: pd.Series[int] = by_customer(tx, counts)["breadth"]
        return found

    return once(tx, ("breadth", window, column), counted)


def customer_categories(tx: Transactions, window: Window) -> nw.LazyFrame[Any]:
    """Return a row a customer and category: ``revenue``, ``spent`` (purchases only), ``quantity``, ``lines``.

    Money in 1/10 000 and absent when the log has none; without quantities each line counts for one.
    """
    bought = nw.when(nw.col("is_purchase"))
    one = nw.lit(1)
    sums = [bought.then(one).otherwise(nw.lit(0)).sum().cast(nw.Int64).alias("lines")]
    quantity = nw.col("quantity").sum() if tx.has("quantity") else nw.len().cast(nw.Float64)
    sums.append(quantity.alias("quantity"))
    if tx.has_money:
        sums.append(nw.col("amount").sum().cast(nw.Int64).alias("revenue"))
        sums.append(bought.then(nw.col("amount")).otherwise(nw.lit(0)).sum().cast(nw.Int64).alias("spent"))
    rows = within(tx.log, window).filter(~nw.col("category").is_null())
    grouped = rows.group_by("customer_id", "category").agg(*sums)
    return once(tx, ("categories", window), lambda: tx.engine.materialise(grouped))


def sold_by_category(tx: Transactions, window: Window) -> pd.DataFrame:
    """Return ``category, revenue`` (currency units) and ``quantity`` sold in a period."""
    sums = [nw.col("revenue").sum().cast(nw.Int64), nw.col("quantity").sum()]
    table = collect(tx, customer_categories(tx, window).group_by("category").agg(*sums), "category")
    return table.assign(revenue=table["revenue"] / MONEY_SCALE)
