"""Features at cutoffs from a log whose lines fit in memory: sorted once, then block by block of customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from crm_ml.data.numbering import numbering
from crm_ml.features.base import FeatureSpec
from crm_ml.features.in_memory.lines import LABELS
from crm_ml.features.in_memory.place import Place
from crm_ml.features.in_memory.rows import Rows, RowsGrain
from crm_ml.features.in_memory.sorting import Ints
from crm_ml.features.in_memory.tables import Tables, known_rows
from crm_ml.features.in_memory.values import Values
from crm_ml.features.measures import totals_of
from crm_ml.features.on_engine import finished, known_log, wanted_columns

if TYPE_CHECKING:
    import pyarrow as pa

    from crm_ml.data.transactions import Transactions

__all__ = ["fits_in_memory", "table_in_memory"]

# What a line takes at most, in numbers of 8 bytes; as measured on logs of millions of lines.
_BYTES = 8
_SORTING = 3
_TOTAL = 2  # as the engine hands it out, and as an array
_LABEL = 3  # as text, and as a number
_ORDER = 3


def fits_in_memory(tx: Transactions, specs: Sequence[FeatureSpec]) -> bool:
    """Whether the lines of a log may be taken out of its engine, all at once, as numbers."""
    wanted, lines = wanted_columns(specs), tx.counts["accepted"]
    numbers = _SORTING + _TOTAL * len(totals_of(wanted["day"])) + _LABEL * len(wanted.keys() & LABELS.keys())
    numbers += _ORDER * tx.has("order_id")
    return lines * numbers * _BYTES <= tx.engine.room and Place.of(tx, tx.counts["customers"]).fits(lines)


def table_in_memory(
    tx: Transactions, specs: Sequence[FeatureSpec], cutoffs: Sequence[int], *, dated: bool
) -> pa.Table:
    """Return the features of everybody who bought before each cutoff.

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

    Returns
    -------
    pyarrow.Table
        ``customer_id``, the date ``cutoff`` if asked for, and the features; sorted by customer and cutoff.
    """
    import pyarrow as pa

    numbers = numbering(tx)
    place = Place.of(tx, len(numbers.ids))
    log = known_log(numbers.log, tx.columns, specs, cutoffs[-1])
    tables = Tables.of(tx, log, place, wanted_columns(specs))

    def block_of(block: tuple[int, int]) -> pa.Table:
        rows = tables.rows(*block)
        made = [_snapshot(rows, specs, cutoff) for cutoff in cutoffs]
        ids = numbers.ids.slice(block[0], block[1] - block[0])
        return _stacked(made, ids, cutoffs if dated else ())

    with ThreadPoolExecutor(tx.engine.threads) as pool:
        return pa.concat_tables(pool.map(block_of, tables.blocks(tx.engine.threads)))


def _snapshot(
    tables: Mapping[str, Rows], specs: Sequence[FeatureSpec], cutoff: int
) -> tuple[Ints, dict[str, Values]]:
    """Return the numbers of everybody who bought before the cutoff, and their features."""
    rows = {name: known_rows(name, table, cutoff) for name, table in tables.items()}
    bought = RowsGrain("day", rows["day"]).aggregate("count", "bought").data > 0
    grains = {name: RowsGrain(name, one.among(bought)) for name, one in rows.items()}
    return np.flatnonzero(bought), {spec.name: finished(spec, grains[spec.grain]) for spec in specs}


def _stacked(
    snapshots: Sequence[tuple[Ints, Mapping[str, Values]]], ids: pa.ChunkedArray, cutoffs: Sequence[int]
) -> pa.Table:
    """Lay the snapshots of some customers over each other, sorted by customer and snapshot."""
    import pyarrow as pa

    who = np.concatenate([numbers for numbers, _ in snapshots])
    order = np.argsort(who, kind="stable") if len(snapshots) > 1 else slice(None)
    columns = {"customer_id": ids.take(pa.array(who[order]))}
    if cutoffs:
        days = np.repeat(np.array(cutoffs, dtype="int32"), [len(numbers) for numbers, _ in snapshots])
        columns["cutoff"] = pa.array(days[order]).cast(pa.date32())
    for name in snapshots[0][1]:
        data = np.concatenate([features[name].data for _, features in snapshots])
        null = np.concatenate([features[name].is_null().data for _, features in snapshots])
        columns[name] = pa.array(data[order], mask=null[order])
    return pa.table(columns)
