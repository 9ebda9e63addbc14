"""The features of some customers at some cutoffs, from their sorted rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crm_ml.features.base import FeatureSpec
from crm_ml.features.in_memory.rows import Rows, RowsGrain
from crm_ml.features.in_memory.sorting import Ints
from crm_ml.features.in_memory.tables import Tables, known_rows
from crm_ml.features.in_memory.values import Values
from crm_ml.features.on_engine import finished

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Snapshots"]


@dataclass(frozen=True)
class Snapshots:
    """What is asked of everybody who bought before each cutoff.

    Parameters
    ----------
    ids : pyarrow.ChunkedArray of string
        Customers by their numbers.
    specs : sequence of FeatureSpec
        The features, in the order of the columns.
    cutoffs : sequence of int
        Days, ascending.
    dated : bool
        Whether the cutoff becomes a column.
    """

    ids: pa.ChunkedArray
    specs: Sequence[FeatureSpec]
    cutoffs: Sequence[int]
    dated: bool

    def table(self, tables: Tables, customers: tuple[int, int], threads: int) -> pa.Table:
        """Return the features of a range of customers, sorted by customer and cutoff."""
        import pyarrow as pa

        def block_of(block: tuple[int, int]) -> pa.Table:
            rows = tables.rows(*block)
            made = [_snapshot(rows, self.specs, cutoff) for cutoff in self.cutoffs]
            ids = self.ids.slice(block[0], block[1] - block[0])
            return _stacked(made, ids, self.cutoffs if self.dated else ())

        with ThreadPoolExecutor(threads) as pool:
            return pa.concat_tables(pool.map(block_of, tables.blocks(customers, threads)))


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
