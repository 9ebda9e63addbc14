"""What baskets hold, from sorted lines in memory or counted by the engine, so that little travels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csc_array, csr_array, hstack

from crm_ml.analysis.cross_selling.sorted_lines import distinct_rows, labelled_within
from crm_ml.analysis.day_table import collect, distinct
from crm_ml.features.in_memory.sorting import Ints, first_places
from crm_ml.models.frequent_sets import Baskets

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["counted_contents", "sorted_contents"]

_WORD = 62  # items in one whole number


def sorted_contents(lines: pa.Table, basket: str, column: str, items: list[str]) -> Baskets:
    """Return the baskets of lines, with some of their items.

    Parameters
    ----------
    lines : Table
        ``customer_id`` as a number; `basket`, an order number or a day; the item in `column`.
    basket : str
        What names a basket of a customer.
    column : str
        Products or categories.
    items : list of str
        The items that count, sorted.

    Examples
    --------
    >>> lines = {"customer_id": [0, 0, 1, 1], "day": [5, 5, 5, 6], "item": ["tea", "jam", "tea", "ink"]}
    >>> found = sorted_contents(pa.table(lines), "day", "item", ["jam", "tea"])
    >>> found.matrix.toarray().tolist()
    [[1, 1], [0, 1], [0, 0]]
    """
    place = pc.index_in(lines[column], value_set=pa.array(items, pa.string()))
    # Other items come first in a basket, as 0, and are left out below: a basket of nothing else counts too.
    item = pc.add(place.fill_null(-1), 1).to_numpy().astype(np.int64)
    customer = lines["customer_id"].to_numpy()
    customer, order, item = distinct_rows(customer, _numbers(lines[basket], customer), item)
    starts = first_places(customer, order)
    named = np.concatenate([[0], np.cumsum(item > 0)])
    ends = named[np.append(starts, len(item))]
    held = item[item > 0] - 1
    matrix = csr_array((np.ones(len(held), dtype=np.int32), held, ends), shape=(len(starts), len(items)))
    return Baskets(matrix, items, len(starts))


def _numbers(baskets: pa.ChunkedArray, customer: Ints) -> Ints:
    """Return order numbers or days as whole numbers from 0."""
    if not pa.types.is_integer(baskets.type):
        return labelled_within(customer, baskets)
    days = baskets.to_numpy()
    return np.asarray(days - days.min(initial=0))


def counted_contents(
    tx: Transactions, lines: nw.LazyFrame[Any], key: tuple[str, str], column: str, items: list[str]
) -> Baskets:
    """Return the baskets of lines, with some of their items, as the engine counts them.

    Parameters
    ----------
    tx : Transactions
        The log.
    lines : LazyFrame
        Those of baskets.
    key : tuple of str
        Columns that name a basket.
    column, items
        As for :func:`sorted_contents`.
    """
    place = np.arange(len(items))
    word, bit = place // _WORD, np.int64(1) << (place % _WORD)
    contents = _by_contents(tx, lines, key, pd.DataFrame({column: items, "word": word, "bit": bit}))
    words = [contents[[f"word_{number}"]].to_numpy() for number in range(int(word[-1]) + 1)]
    holds = [csc_array(words[number] & one) for number, one in zip(word, bit, strict=True)]
    matrix = csr_array(hstack(holds)).astype(bool).astype(np.int32)
    times = contents["baskets"].to_numpy()
    return Baskets(matrix[np.repeat(np.arange(len(times)), times)], items, int(times.sum()))


def _by_contents(
    tx: Transactions, lines: nw.LazyFrame[Any], key: tuple[str, str], bits: pd.DataFrame
) -> pd.DataFrame:
    """Return which contents baskets have, and how many have them.

    Parameters
    ----------
    bits : DataFrame
        Items in the first column, and in ``word`` and ``bit`` their place in the contents.

    Returns
    -------
    DataFrame
        ``word_0, word_1, …``: sums of the bits of the items in the basket; ``baskets``. A basket without any
        of these items is a row of zeros, so that all baskets are counted.
    """
    items = lines.join(tx.engine.from_arrow(pa.Table.from_pandas(bits)), on=bits.columns[0], how="left")
    # Words of 62 bits: few numbers travel instead of a line of text an item, and equal baskets travel once.
    words = [f"word_{number}" for number in range(int(bits["word"].max()) + 1)]
    bits_of = [nw.when(nw.col("word") == number).then(nw.col("bit")) for number in range(len(words))]
    sums = [
        one.otherwise(nw.lit(0)).sum().cast(nw.Int64).alias(name)
        for one, name in zip(bits_of, words, strict=True)
    ]
    filled = distinct(items, *key, "word", "bit").group_by(*key).agg(*sums)
    counts = collect(tx, filled.group_by(*words).agg(nw.len().cast(nw.Int64).alias("baskets")), *words)
    return counts.astype("int64")
