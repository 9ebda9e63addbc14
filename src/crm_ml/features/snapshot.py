"""From the log to grain tables, and from grain tables to one row a customer at a cutoff."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import narwhals as nw

from crm_ml.data.schema import MONEY_SCALE
from crm_ml.features.aggregates import Column, EngineGrain, Grain
from crm_ml.features.base import FeatureSpec
from crm_ml.features.grains import GRAINS, Table, reads, seen_from

__all__ = ["columns_read", "finished", "grain_tables", "snapshot", "wanted_columns"]

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
    return {grain: GRAINS[grain].build(log, present, columns) for grain, columns in wanted_columns(specs).items()}


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


def finished(spec: FeatureSpec, grain: Grain) -> Column:
    """Return the value of a feature in its unit and type."""
    value = spec.formula(grain)
    if spec.money:
        value = value / MONEY_SCALE
    if spec.dtype == "int" and spec.grain != "day":  # of a customer without a row in the grain
        value = value.fill_null(0)
    return value.cast(_DTYPES[spec.dtype])
