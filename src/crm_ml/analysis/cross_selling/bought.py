"""What was bought in a period, in the tables from which cross-selling starts; each is made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from crm_ml.analysis.cross_selling.sorted_lines import distinct_rows, fits_in_memory, labelled, sorted_sums
from crm_ml.analysis.day_table import by_customer, collect, distinct, named
from crm_ml.data.memory import once
from crm_ml.data.numbering import numbering
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import Window, within

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = [
    "customer_categories",
    "customer_items",
    "distinct_bought",
    "numbered_purchases",
    "purchases_with",
    "sold_by_category",
]


def customer_items(tx: Transactions, window: Window, column: str, items: list[str]) -> pd.DataFrame:
    """Return who bought which of some items: ``customer_id`` and the item, each once."""
    wanted = tx.engine.from_arrow(pa.table({column: items}))
    bought = purchases_with(tx, window, column).join(wanted, on=column, how="inner")
    return collect(tx, distinct(bought, "customer_id", column), "customer_id", column)


def purchases_with(tx: Transactions, window: Window, column: str) -> nw.LazyFrame[Any]:
    """Return the lines of purchases in a period that name an item (product or category)."""
    return _naming(within(tx.log, window), column)


def numbered_purchases(tx: Transactions, window: Window, column: str) -> nw.LazyFrame[Any]:
    """Return :func:`purchases_with` with customers as numbers."""
    return _naming(within(numbering(tx).log, window), column)


def _naming(lines: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
    return lines.filter(nw.col("is_purchase"), ~nw.col(column).is_null())


def distinct_bought(tx: Transactions, window: Window, column: str) -> pd.Series[int]:
    """Return how many different items each customer bought, by ``customer_id``."""
    counted = _counted_in_memory if fits_in_memory(tx) else _counted_on_engine
    return once(tx, ("breadth", window, column), lambda: counted(tx, window, column))


def _counted_in_memory(tx: Transactions, window: Window, column: str) -> pd.Series[int]:
    lines = tx.engine.to_arrow(numbered_purchases(tx, window, column).select("customer_id", column))
    customer, _ = distinct_rows(lines["customer_id"].to_numpy(), labelled(lines[column])[0])
    items = np.bincount(customer)
    some = np.flatnonzero(items)
    return pd.Series(items[some], index=named(tx, pd.Index(some)), name="breadth")


def _counted_on_engine(tx: Transactions, window: Window, column: str) -> pd.Series[int]:
    pairs = distinct(purchases_with(tx, window, column), "customer_id", column)
    counts = pairs.group_by("customer_id").agg(nw.len().cast(nw.Int64).alias("breadth"))
    found: pd.Series[int] = by_customer(tx, counts)["breadth"]
    return found


def customer_categories(tx: Transactions, window: Window) -> nw.LazyFrame[Any]:
    """Return a row a customer and category: ``revenue``, ``spent`` (purchases only), ``quantity``, ``lines``.

    Money in 1/10 000 and absent when the log has none; without quantities each line counts for one. Customers
    may be numbers; :func:`~crm_ml.analysis.day_table.collect` names them.
    """
    bought = nw.when(nw.col("is_purchase"))
    addends = {
        "lines": bought.then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64),
        "quantity": (nw.col("quantity").fill_null(0.0) if tx.has("quantity") else nw.lit(1.0)).cast(
            nw.Float64
        ),
    }
    if tx.has_money:
        addends["revenue"] = nw.col("amount").fill_null(0)
        addends["spent"] = bought.then(nw.col("amount").fill_null(0)).otherwise(nw.lit(0)).cast(nw.Int64)

    def summed() -> nw.LazyFrame[Any]:
        sorted_here = fits_in_memory(tx)
        log = numbering(tx).log if sorted_here else tx.log
        lines = within(log, window).filter(~nw.col("category").is_null())
        lines = lines.select("customer_id", "category", **addends)
        if sorted_here:
            return tx.engine.from_arrow(sorted_sums(tx.engine.to_arrow(lines), "category"))
        types = {name: nw.Float64 if name == "quantity" else nw.Int64 for name in addends}
        sums = [nw.col(name).sum().cast(dtype) for name, dtype in types.items()]
        return tx.engine.materialise(lines.group_by("customer_id", "category").agg(*sums))

    return once(tx, ("categories", window), summed)


def sold_by_category(tx: Transactions, window: Window) -> pd.DataFrame:
    """Return ``category, revenue`` (currency units) and ``quantity`` sold in a period."""
    sums = [nw.col("revenue").sum().cast(nw.Int64), nw.col("quantity").sum()]
    table = collect(tx, customer_categories(tx, window).group_by("category").agg(*sums), "category")
    return table.assign(revenue=table["revenue"] / MONEY_SCALE)
