"""Features at cutoffs by an engine: from the log to grain tables, and from them to one row a customer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import narwhals as nw

from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import as_date, before
from crm_ml.features.aggregates import EngineGrain, Grain
from crm_ml.features.base import FeatureSpec
from crm_ml.features.grains import GRAINS, Table, reads, seen_from

if TYPE_CHECKING:
    import pyarrow as pa

    from crm_ml.data.transactions import Transactions

__all__ = [
    "columns_read",
    "finished",
    "frame_on_engine",
    "grain_tables",
    "known_log",
    "snapshot",
    "table_on_engine",
    "wanted_columns",
]

_DTYPES = {"int": nw.Int64, "float": nw.Float64}


def grain_tables(log: Table, present: Collection[str], specs: Sequence[FeatureSpec]) -> dict[str, Table]:
    """Return the table of every grain that the features need, lazily.

    Parameters
    ----------
    log : LazyFrame
        The canonical log.
    present : collection of str
        Columns that it has.
    specs : sequence of FeatureSpec
        Features that those columns allow.
    """
    return {
        grain: GRAINS[grain].build(log, present, columns) for grain, columns in wanted_columns(specs).items()
    }


def known_log(log: Table, present: Collection[str], specs: Sequence[FeatureSpec], cutoff: int) -> Table:
    """Return the rows before a cutoff, with the columns that the features are made from, lazily."""
    return before(log, cutoff).select(columns_read(present, specs))


def columns_read(present: Collection[str], specs: Sequence[FeatureSpec]) -> list[str]:
    """Return the columns of the log that the features are made from."""
    used = {"customer_id", "day", "is_purchase"}
    for grain, columns in wanted_columns(specs).items():
        used |= reads(grain, columns, present)
    return sorted(used)


def wanted_columns(specs: Sequence[FeatureSpec]) -> dict[str, set[str]]:
    """Return the columns that the features need of each grain."""
    wanted: dict[str, set[str]] = {"day": set()}  # the day grain says who is known
    for spec in specs:
        wanted.setdefault(spec.grain, set()).update(spec.columns)
    return wanted


def snapshot(tables: Mapping[str, Table], specs: Sequence[FeatureSpec], cutoff: int) -> Table:
    """Return customer_id and the features of everybody who bought before the cutoff, lazily.

    Parameters
    ----------
    tables : mapping of str to LazyFrame
        From `grain_tables`.
    specs : sequence of FeatureSpec
        The features, in the order of the columns.
    cutoff : int
        Day of the cutoff.
    """
    grains = {name: EngineGrain(name) for name in tables}
    features = {spec.name: finished(spec, grains[spec.grain]) for spec in specs}
    known = grains["day"].count("bought") > 0
    sums = {
        name: seen_from(name, table, cutoff).group_by("customer_id").agg(*grains[name].asked.values())
        for name, table in tables.items()
    }
    customers = sums.pop("day").filter(known)
    for other in sums.values():
        customers = customers.join(other, on="customer_id", how="left")
    return customers.select("customer_id", **features)


def finished(spec: FeatureSpec, grain: Grain) -> Any:
    """Return the value of a feature in its unit and type."""
    value: Any = spec.formula(grain)
    if spec.money:
        value = value / MONEY_SCALE
    if spec.dtype == "int" and spec.grain != "day":  # of a customer without a row in the grain
        value = value.fill_null(0)
    return value.cast(_DTYPES[spec.dtype])


def frame_on_engine(
    tx: Transactions, specs: Sequence[FeatureSpec], cutoffs: Sequence[int], *, dated: bool
) -> Table:
    """Return the features of everybody who bought before each cutoff, lazily and in any order.

    The tables that several snapshots share are computed, and stay with the engine.

    Parameters
    ----------
    tx, specs, cutoffs, dated
        As for :func:`crm_ml.features.in_memory.parts.tables_in_memory`.
    """
    _, snapshots = _snapshots(tx, specs, cutoffs, dated=dated)
    return nw.concat(snapshots)


def table_on_engine(
    tx: Transactions, specs: Sequence[FeatureSpec], cutoffs: Sequence[int], *, dated: bool
) -> pa.Table:
    """Return the same, computed and sorted by customer and cutoff."""
    import pyarrow as pa
    import pyarrow.compute as pc

    stored, snapshots = _snapshots(tx, specs, cutoffs, dated=dated)
    try:
        table = pa.concat_tables([tx.engine.to_arrow(one) for one in snapshots])
    finally:
        for one in stored:
            tx.engine.release(one)
    keys = [(key, "ascending") for key in (["customer_id", "cutoff"] if dated else ["customer_id"])]
    # `Table.sort_by` is a query plan of its own, up to three times slower.
    return table.take(pc.sort_indices(table, sort_keys=keys))


def _snapshots(
    tx: Transactions, specs: Sequence[FeatureSpec], cutoffs: Sequence[int], *, dated: bool
) -> tuple[list[Table], list[Table]]:
    """Return the tables that the engine keeps for several snapshots, and the snapshots."""
    log = known_log(tx.log, tx.columns, specs, cutoffs[-1])
    tables = grain_tables(log, tx.columns, specs)
    if len(cutoffs) > 1:
        tables = {grain: tx.engine.materialise(table) for grain, table in tables.items()}
    made = [snapshot(tables, specs, one) for one in cutoffs]
    if dated:
        names = [spec.name for spec in specs]
        made = [
            one.with_columns(cutoff=nw.lit(as_date(day)).cast(nw.Date)).select(
                "customer_id", "cutoff", *names
            )
            for one, day in zip(made, cutoffs, strict=True)
        ]
    return (list(tables.values()) if len(cutoffs) > 1 else []), made
