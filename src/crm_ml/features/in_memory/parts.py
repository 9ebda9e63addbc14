"""Features of a log from its sorted lines: at once, or a part of the customers after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np

from crm_ml.data.numbering import numbering
from crm_ml.features.base import FeatureSpec
from crm_ml.features.in_memory.lines import LABELS
from crm_ml.features.in_memory.order_places import begun_places, order_places
from crm_ml.features.in_memory.place import Place
from crm_ml.features.in_memory.snapshot import Snapshots
from crm_ml.features.in_memory.sorting import NONE, takes
from crm_ml.features.in_memory.tables import Tables
from crm_ml.features.measures import totals_of
from crm_ml.features.on_engine import known_log, wanted_columns

if TYPE_CHECKING:
    import pyarrow as pa

    from crm_ml.data.transactions import Transactions
    from crm_ml.features.grains import Table

__all__ = ["fits_in_memory", "tables_in_memory"]

# What a line takes at most, in numbers; as measured on logs of millions of lines.
_SORTING = 3
_TOTAL = 2  # as the engine hands it out, and as an array
_LABEL = 3  # as text, and as a number
_ORDER = 3
_MOST_PARTS = 64  # each of them looks for its customers in the whole log


def fits_in_memory(tx: Transactions, specs: Sequence[FeatureSpec]) -> bool:
    """Whether the lines of a log may be taken out of its engine as numbers, in a few parts at most."""
    few = tx.engine.room > 0 and _parts(tx, specs) <= _MOST_PARTS
    return few and Place.of(tx, tx.counts["customers"]).fits(tx.counts["accepted"])


def tables_in_memory(
    tx: Transactions, specs: Sequence[FeatureSpec], cutoffs: Sequence[int], *, dated: bool
) -> Iterator[pa.Table]:
    """Make the features of everybody who bought before each cutoff.

    Parameters
    ----------
    tx : Transactions
        The log.
    specs : sequence of FeatureSpec
        The features, in the order of the columns.
    cutoffs : sequence of int
        Days, ascending.
    dated : bool
        Whether the cutoff becomes a column.

    Yields
    ------
    pyarrow.Table
        ``customer_id``, the date ``cutoff`` if asked for, and the features of some customers; sorted by
        customer and cutoff, within a table and from one to the next.
    """
    numbers, wanted, parts = numbering(tx), wanted_columns(specs), _parts(tx, specs)
    place = Place.of(tx, len(numbers.ids))
    log = known_log(numbers.log, tx.columns, specs, cutoffs[-1])
    orders = "orders" in wanted["day"]
    asked = Snapshots(numbers.ids, specs, cutoffs, dated)
    if parts == 1:
        tables = Tables.of(tx, log, place, wanted, order_places(tx, place) if orders else NONE)
        yield asked.table(tables, (0, place.customers), tx.engine.threads)
        return
    stored = tx.engine.materialise(log)
    try:
        for first, end in _ranges(tx, stored, place.customers, parts):
            part = stored.filter(nw.col("customer_id") >= first, nw.col("customer_id") < end)
            tables = Tables.of(tx, part, place, wanted, begun_places(tx, part, place) if orders else NONE)
            yield asked.table(tables, (first, end), tx.engine.threads)
    finally:
        tx.engine.release(stored)


def _parts(tx: Transactions, specs: Sequence[FeatureSpec]) -> int:
    """Return how many parts the lines are sorted in; several of them leave room for what is made of them."""
    wanted = wanted_columns(specs)
    numbers = _SORTING + _TOTAL * len(totals_of(wanted["day"])) + _LABEL * len(wanted.keys() & LABELS.keys())
    numbers += _ORDER * tx.has("order_id")
    size = takes(tx.counts["accepted"], numbers)
    return 1 if size <= tx.engine.room else -(-2 * size // tx.engine.room)


def _ranges(tx: Transactions, log: Table, customers: int, parts: int) -> Iterator[tuple[int, int]]:
    """Divide the customers into ranges with about as many lines."""
    counted = tx.engine.to_arrow(log.group_by("customer_id").agg(lines=nw.len()))
    lines = np.zeros(customers, dtype=np.int64)
    lines[counted["customer_id"].to_numpy()] = counted["lines"].to_numpy()
    total = np.cumsum(lines)
    inner = np.searchsorted(total, [total[-1] * one // parts for one in range(1, parts)])
    yield from pairwise([0, *sorted({*inner.tolist()} - {0}), customers])
