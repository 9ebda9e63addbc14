"""Which items are together in a basket, counted by the engine, so that little travels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.sparse import csc_array, csr_array, hstack

from crm_ml.analysis.cross_selling.bought import numbered_purchases, purchases_with
from crm_ml.analysis.day_table import collect, customer_days, distinct
from crm_ml.data.memory import once
from crm_ml.data.windows import Window, within
from crm_ml.models.frequent_sets import Baskets

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["basket_count", "baskets_with", "frequent_items"]

_WORD = 62  # items in one whole number
_ROUNDING = 1e-9  # the exact limit is drawn afterwards, on whole numbers


def frequent_items(
    tx: Transactions, window: Window, column: str, min_support: float = 0.005, min_orders: float = 20
) -> list[str]:
    """Return the items that can be in a rule, sorted: an item is in no more baskets than it has lines."""

    def found() -> list[str]:
        lines = _lines_by_item(tx, window, column)
        share = min_support * _fewest_baskets(tx, window, column, int(lines.sum()))
        return sorted(map(str, lines.index[lines >= max(min_orders, share) * (1 - _ROUNDING)]))

    return once(tx, ("candidates", column, window, min_support, min_orders), found)


def baskets_with(tx: Transactions, window: Window, column: str, items: list[str]) -> Baskets:
    """Return the baskets with these items; all of them are counted."""
    place = np.arange(len(items))
    word, bit = place // _WORD, np.int64(1) << (place % _WORD)
    places = pd.DataFrame({column: items, "word": word, "bit": bit})
    contents = _contents(tx, window, column, places).astype("int64")
    words = [contents[[f"word_{number}"]].to_numpy() for number in range(int(word[-1]) + 1)]
    holds = [csc_array(words[number] & one) for number, one in zip(word, bit, strict=True)]
    matrix = csr_array(hstack(holds)).astype(bool).astype(np.int32)
    times = contents["baskets"].to_numpy()
    n = once(tx, _count_key(tx, window, column), lambda: int(times.sum()))
    return Baskets(matrix[np.repeat(np.arange(len(times)), times)], items, n)


def _lines_by_item(tx: Transactions, window: Window, column: str) -> pd.Series[int]:
    """Return the number of lines of each item (product or category) that are in a basket."""

    def counted() -> pd.Series[int]:
        lines = _basket_lines(tx, window, column).group_by(column)
        counts = collect(tx, lines.agg(nw.len().cast(nw.Int64).alias("lines")), column)
        found: pd.Series[int] = counts.set_index(column)["lines"]
        return found

    return once(tx, ("lines", window, column), counted)


def _contents(tx: Transactions, window: Window, column: str, bits: pd.DataFrame) -> pd.DataFrame:
    """Return which contents baskets have, and how many have them.

    Parameters
    ----------
    bits : DataFrame
        Items in column `column`, and in ``word`` and ``bit`` their place in the contents.

    Returns
    -------
    DataFrame
        ``word_0, word_1, …``: sums of the bits of the items in the basket; ``baskets``. A basket without any
        of these items is a row of zeros, so that all baskets are counted.
    """
    key = _basket_key(tx)
    held = distinct(_in_baskets(tx, numbered_purchases(tx, window, column)), *key, column)
    items = held.join(tx.engine.from_arrow(pa.Table.from_pandas(bits)), on=column, how="left")
    # Words of 62 bits: few numbers travel instead of a line of text an item, and equal baskets travel once.
    words = [f"word_{number}" for number in range(int(bits["word"].max()) + 1)]
    bits_of = [nw.when(nw.col("word") == number).then(nw.col("bit")) for number in range(len(words))]
    sums = [
        one.otherwise(nw.lit(0)).sum().cast(nw.Int64).alias(name)
        for one, name in zip(bits_of, words, strict=True)
    ]
    filled = items.group_by(*key).agg(*sums)
    return collect(tx, filled.group_by(*words).agg(nw.len().cast(nw.Int64).alias("baskets")), *words)


def _fewest_baskets(tx: Transactions, window: Window, column: str, lines: int) -> int:
    """Return how many baskets there are at least; exact at the price of a pass over all lines where it must.

    Where each line of a purchase is in a basket, every order placed in the period is one, and the day table
    that all analyses share knows their number.
    """
    if lines < _purchases(tx, window):
        return 0
    orders = customer_days(tx, window).select(nw.col("orders").sum().cast(nw.Int64).alias("n"))
    return int(tx.engine.to_arrow(orders)["n"][0].as_py() or 0)


def basket_count(tx: Transactions, window: Window, column: str) -> int:
    """Return the number of baskets with any item."""

    def counted() -> int:
        keys = distinct(_basket_lines(tx, window, column), *_basket_key(tx))
        return int(tx.engine.to_arrow(keys.select(nw.len().alias("n")))["n"][0].as_py())

    return once(tx, _count_key(tx, window, column), counted)


def _count_key(tx: Transactions, window: Window, column: str) -> tuple[Any, ...]:
    """Return under what the number of baskets is remembered: one for all columns without gaps."""
    gaps = int(_lines_by_item(tx, window, column).sum()) < _purchases(tx, window)
    return ("baskets", window, column if gaps else "")


def _purchases(tx: Transactions, window: Window) -> int:
    """Return the number of lines of purchases."""
    lines = within(tx.log, window).filter(nw.col("is_purchase")).select(nw.len().alias("n"))
    return once(tx, ("purchases", window), lambda: int(tx.engine.to_arrow(lines)["n"][0].as_py()))


def _basket_key(tx: Transactions) -> tuple[str, str]:
    """Return the columns that name a basket: without an order number, what a customer bought on one day."""
    return ("customer_id", "order_id" if tx.has("order_id") else "day")


def _basket_lines(tx: Transactions, window: Window, column: str) -> nw.LazyFrame[Any]:
    return _in_baskets(tx, purchases_with(tx, window, column))


def _in_baskets(tx: Transactions, lines: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    # A line without order is in no basket.
    return lines.filter(~nw.col(_basket_key(tx)[1]).is_null())
