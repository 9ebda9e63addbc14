"""Customers as numbers: an engine groups, joins and sorts them faster than text, and arrays hold them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crm_ml.data.memory import once
from crm_ml.data.windows import as_day, between

if TYPE_CHECKING:
    import narwhals as nw
    import pyarrow as pa

    from crm_ml.data.transactions import Transactions

__all__ = ["Numbering", "keep_numbers", "numbering", "stored"]

_NUMBERED = "numbered customers"


@dataclass(frozen=True)
class Numbering:
    """The customers of a log in the order of their ids; the place of one is its number.

    Parameters
    ----------
    ids : pyarrow.ChunkedArray of string
        All customers, sorted.
    log : narwhals LazyFrame
        The log with the number of the customer in the place of the id, lazily.
    """

    ids: pa.ChunkedArray
    log: nw.LazyFrame[Any]


def numbering(tx: Transactions) -> Numbering:
    """Return the customers of a log as numbers, which are given once.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> numbers = numbering(load_cdnow(sample=True))
    >>> len(numbers.ids), str(numbers.ids[0])
    (2357, '00004')
    """
    return once(tx, "numbering", lambda: Numbering(_ids(tx), _numbered(_joined(tx))))


def stored(tx: Transactions) -> Transactions:
    """Return a log that its engine stores; see :meth:`crm_ml.data.transactions.Transactions.kept`."""
    if not tx.engine.room:  # nobody takes it out of this engine: it needs no numbers
        return replace(tx, log=tx.engine.materialise(tx.log))
    both = tx.engine.materialise(_joined(tx))
    kept = replace(tx, log=both.drop("number"))
    once(kept, "numbering", lambda: Numbering(_ids(tx), _numbered(both)))
    return kept


def keep_numbers(tx: Transactions, numbered: nw.LazyFrame[Any]) -> None:
    """Take ``customer_id, number`` of a log from who has looked at all ids already."""
    once(tx, _NUMBERED, lambda: numbered)


def _numbers(tx: Transactions) -> nw.LazyFrame[Any]:
    """Return ``customer_id, number`` on the engine of the log."""
    import narwhals as nw

    frame = once(tx, _NUMBERED, lambda: _counted(tx))
    return frame.select("customer_id", nw.col("number").cast(nw.Int64))


def _counted(tx: Transactions) -> nw.LazyFrame[Any]:
    import narwhals as nw
    import numpy as np
    import pyarrow as pa

    customers = tx.log.group_by("customer_id").agg(
        rows=nw.len()
    )  # `unique` takes an engine three times as long
    ids = tx.engine.to_arrow(customers.select("customer_id").sort("customer_id"))
    return tx.engine.from_arrow(ids.append_column("number", pa.array(np.arange(len(ids)))))


def _joined(tx: Transactions) -> nw.LazyFrame[Any]:
    """Return the log with the number of the customer beside the id."""
    # As it was when it was read: a file may have grown since, and who works with numbers of customers counts
    # on the days of the log too.
    log = between(tx.log, tx.first_day, as_day(tx.last_day) + 1)
    return log.join(_numbers(tx), on="customer_id", how="inner")


def _numbered(joined: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    return joined.drop("customer_id").rename({"number": "customer_id"})


def _ids(tx: Transactions) -> pa.ChunkedArray:
    import numpy as np
    import pyarrow as pa

    table = tx.engine.to_arrow(_numbers(tx))
    return table["customer_id"].take(pa.array(np.argsort(table["number"].to_numpy())))
