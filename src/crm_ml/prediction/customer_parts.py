"""A log a part of its customers at a time, for what is computed customer by customer.

All states of a group-by are in memory together: features of a million customers take ten times the memory of
those of a hundred thousand. Made part after part they take no more, and no longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import narwhals as nw

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["customer_parts"]

_CUSTOMERS = 100_000
_MOST = 20  # each part goes through the whole log once


def customer_parts(tx: Transactions, customers: int = _CUSTOMERS) -> Iterator[Transactions]:
    """Go through a log by customers, in the order of ids; a part is gone when the next one is asked for.

    Parameters
    ----------
    tx : Transactions
        The log. Spark divides its work itself: there it is one part.
    customers : int
        How many a part holds; more where there would be too many parts.

    Yields
    ------
    Transactions
        All rows of some customers, counted; of customers the count is the size of a part, which the last one
        may not fill. Days and findings are those of the whole log.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> tx = load_cdnow(sample=True)  # of 2,357 customers
    >>> [part.log.collect().shape[0] for part in customer_parts(tx, 1_000)]
    [2921, 2990, 1008]
    """
    size = max(customers, -(-tx.counts["customers"] // _MOST))
    if tx.engine.name == "spark" or tx.counts["customers"] <= size:
        yield tx
        return
    who = nw.col("customer_id")
    for first, end in pairwise(["", *_borders(tx, size), None]):
        rows = tx.log.filter(who >= first) if end is None else tx.log.filter(who >= first, who < end)
        log = tx.engine.materialise(rows)
        lines = tx.engine.to_arrow(log.select(nw.len())).column(0)[0].as_py()
        yield replace(tx, log=log, counts={**tx.counts, "accepted": lines, "customers": size})
        tx.engine.release(log)


def _borders(tx: Transactions, size: int) -> list[str]:
    """Return the id with which each part but the first begins."""
    ids = tx.log.group_by("customer_id").agg(rows=nw.len()).select("customer_id").sort("customer_id")
    borders, passed = [], 0
    for batch in tx.engine.to_batches(ids):
        column = batch.column("customer_id")
        borders += [column[place].as_py() for place in range(-passed % size, len(column), size)]
        passed += len(column)
    return borders[1:]
