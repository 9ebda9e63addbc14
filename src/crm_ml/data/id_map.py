"""Merged customers and households: every old id ends at the id that counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError
from crm_ml.data.engines.frames import as_arrow

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["follow", "id_table"]


def id_table(id_map: Any) -> pa.Table:
    """Return a map of merged ids as a table with columns ``__old_id`` and ``__new_id``, chains followed.

    Parameters
    ----------
    id_map : mapping, frame or path
        Old id → new id; a table or CSV/Parquet file has old and new id in its first two columns.

    Raises
    ------
    InputError
        When an id is merged into two others, or in a circle.
    """
    import pyarrow as pa

    pairs = list(id_map.items()) if isinstance(id_map, Mapping) else _pairs(id_map)
    merged = follow(pairs)
    return pa.table(
        {"__old_id": pa.array(merged.keys(), pa.string()), "__new_id": pa.array(merged.values(), pa.string())}
    )


def follow(pairs: list[tuple[Any, Any]]) -> dict[str, str]:
    """Follow chains: when A was merged into B and B into C, A ends at C.

    Examples
    --------
    >>> follow([("A", "B"), ("B", "C")])
    {'A': 'C', 'B': 'C'}
    """
    step: dict[str, str] = {}
    for old, new in ((str(old).strip(), str(new).strip()) for old, new in pairs):
        if step.setdefault(old, new) != new:
            raise InputError(
                f"the customer {old!r} is merged into two others", got=f"{step[old]!r} and {new!r}"
            )
    ends: dict[str, str] = {}
    for old, new in step.items():
        trail, at = [old], new
        while at in step and at not in ends and step[at] != at:
            trail.append(at)
            at = step[at]
            if at in trail:
                raise InputError("customers are merged in a circle", got=" → ".join([*trail, at][:10]))
        ends |= dict.fromkeys(trail, ends.get(at, at))
    return ends


def _pairs(table: Any) -> list[tuple[Any, Any]]:
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    if isinstance(table, str | Path):
        path = Path(table)
        if not path.is_file():
            raise InputError(f"id map not found: {path}", do="check the path")
        # Without types: 00123 is an id, not a number.
        names = pa_csv.open_csv(path).schema.names if path.suffix != ".parquet" else []
        as_text = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, "string"))
        table = pa_csv.read_csv(path, convert_options=as_text) if names else pq.read_table(path)
    arrow = as_arrow(table)
    if arrow.num_columns < 2:
        raise InputError("an id map has two columns", got=", ".join(arrow.column_names), do="old id, new id")
    return list(zip(arrow.column(0).to_pylist(), arrow.column(1).to_pylist(), strict=True))
