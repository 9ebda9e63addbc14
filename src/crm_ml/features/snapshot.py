"""From the log to grain tables, and from grain tables to one row a customer at a cutoff."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import narwhals as nw

from crm_ml.data.schema import MONEY_SCALE
from crm_ml.features.base import FeatureSpec, Grain
from crm_ml.features.grains import GRAINS, Table, reads, seen_from

__all__ = ["columns_read", "grain_tables", "snapshot"]

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
    return {grain: GRAINS[grain].build(log, present, columns) for grain, columns in _wanted(specs).items()}


def columns_read(present: Collection[str], specs: Sequence[FeatureSpec]) -> list[str]:
    """Return the columns of the log that the features are made from."""
    used = {"customer_id", "day", "is_purchase"}
    for grain, columns in _wanted(specs).items():
        used |= reads(grain, columns, present)
    return sorted(used)


def _wanted(specs: Sequence[FeatureSpec]) -> dict[str, set[str]]:
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
    customers = _of_grain("day", tables["day"], specs, cutoff)
    for grain, table in tables.items():
        if grain != "day":
            customers = customers.join(_of_grain(grain, table, specs, cutoff), on="customer_id", how="left")
    counted = [spec.name for spec in specs if spec.dtype == "int" and spec.grain != "day"]
    filled = customers.with_columns(nw.col(*counted).fill_null(0)) if counted else customers
    return filled.select("customer_id", *(spec.name for spec in specs))


def _of_grain(name: str, table: Table, specs: Sequence[FeatureSpec], cutoff: int) -> Table:
    grain = Grain(name)
    features = [_finished(spec, grain) for spec in specs if spec.grain == name]
    known = grain.sum("bought") > 0 if name == "day" else None
    sums = seen_from(name, table, cutoff).group_by("customer_id").agg(*grain.asked.values())
    return (sums if known is None else sums.filter(known)).select("customer_id", *features)


def _finished(spec: FeatureSpec, grain: Grain) -> nw.Expr:
    value = spec.formula(grain)
    in_units = value / MONEY_SCALE if spec.money else value
    return in_units.cast(_DTYPES[spec.dtype]).alias(spec.name)
