"""Try a feature on a handful of rows, as the examples of the catalogue do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError
from crm_ml.data.engines.make import make_engine
from crm_ml.data.schema import MONEY_SCALE, ROLES
from crm_ml.features.base import Formula, declaration
from crm_ml.features.on_engine import grain_tables, snapshot

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["canonical_table", "value_of"]


def value_of(formula: Formula, *, cutoff: int, **columns: Sequence[Any]) -> float | None:
    """Return the value of one feature for one customer.

    Parameters
    ----------
    formula : feature
        A function marked with `feature`.
    cutoff : int
        Day number of the cutoff.
    **columns : sequences
        Columns of the canonical log, one entry a row: ``day`` (day numbers), and what the feature needs, with
        money in currency units. ``is_purchase`` is amount ≥ 0 when not given.

    Returns
    -------
    int, float or None
        None where the feature is null.

    Examples
    --------
    >>> from crm_ml.features.rfm import recency_days
    >>> value_of(recency_days, day=[3, 9], cutoff=10)
    1
    """
    spec = declaration(formula)
    if spec is None:
        raise InputError("not a feature", got=repr(formula), do="give a function marked with @feature")
    engine = make_engine("duckdb", threads=1)
    table = canonical_table({"customer_id": ["c"] * len(columns["day"]), **columns})
    tables = grain_tables(engine.from_arrow(table), table.column_names, [spec])
    values = engine.to_arrow(snapshot(tables, [spec], cutoff))[spec.name].to_pylist()
    return values[0] if values else None


def canonical_table(columns: dict[str, Sequence[Any]]) -> pa.Table:
    """Return columns of the canonical log in their stored types, money given in currency units."""
    import pyarrow as pa

    kinds = {role.stored: role.kind for role in ROLES}
    types = {"text": pa.string(), "day": pa.int64(), "money": pa.int64(), "number": pa.float64()}
    stored = {
        name: pa.array(
            [_scaled(value) if kinds[name] == "money" else value for value in values], types[kinds[name]]
        )
        for name, values in columns.items()
        if name != "is_purchase"
    }
    amounts = columns.get("amount", [0.0] * len(columns["day"]))
    bought = columns.get("is_purchase", [amount >= 0 for amount in amounts])
    return pa.table({**stored, "is_purchase": pa.array(bought, pa.bool_())})


def _scaled(value: float | None) -> int | None:
    return None if value is None else round(value * MONEY_SCALE)
