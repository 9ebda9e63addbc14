"""A risk list on disk: what is too long for memory is gone through a part at a time."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_ml.data.engines.batches import of_one_size
from crm_ml.prediction.list_schema import list_schema, to_pandas

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["GROUP_ROWS", "StoredList", "ids_in_groups", "store_list"]

#: Rows that are packed together; who asks for a page reads few groups, so small ones answer sooner.
GROUP_ROWS = 16_384
_MISTAKEN = 0.01  # how often a group seems to hold a customer who is not in it


@dataclass(frozen=True)
class StoredList:
    """A risk list whose rows lie in a Parquet file, in their order; has what `RiskList` has.

    The file is temporary: it goes when the list is no longer used.

    Parameters
    ----------
    path : Path
        The Parquet file, columns and types of the list.
    totals, meta, warnings
        As of :class:`crm_ml.prediction.risk_list.RiskList`.
    """

    path: Path
    totals: Mapping[str, float]
    meta: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    _home: _Home | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return int(self.totals["customers_listed"])

    @cached_property
    def table(self) -> pd.DataFrame:
        """All rows in memory: for lists that are known to fit."""
        return pd.concat(list(self.batches()), ignore_index=True)

    def head(self, n: int) -> pd.DataFrame:
        """Return the first rows."""
        return next(self.batches(rows=max(n, 1))).head(n)

    def batches(self, columns: list[str] | None = None, rows: int = 65_536) -> Iterator[pd.DataFrame]:
        """Go through all rows in their order, a part at a time; at least one part, which may be empty."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path) as file:
            if not file.metadata.num_rows:
                yield to_pandas(file.schema_arrow.empty_table())
            for batch in file.iter_batches(batch_size=rows, columns=columns):
                yield to_pandas(batch)

    def _repr_html_(self) -> str:
        return str(self.head(20).to_html(index=False, border=0, escape=True))


class _Home:
    """A temporary folder that goes when nobody holds it any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="crm_ml-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def ids_in_groups(rows: int) -> dict[str, Any]:
    """Return the options with which PyArrow notes the ids of every group of rows in a Bloom filter.

    Who looks for a customer then reads one or two groups.

    Parameters
    ----------
    rows : int
        Of the whole table.
    """
    most = max(1, min(rows, GROUP_ROWS))
    return {"bloom_filter_options": {"customer_id": {"ndv": most, "fpp": _MISTAKEN}}}


def store_list(
    batches: Iterable[pa.RecordBatch],
    constants: Mapping[str, Any],
    *,
    totals: Mapping[str, float],
    meta: Mapping[str, Any],
    warnings: tuple[str, ...] = (),
) -> StoredList:
    """Write sorted rows as a list: ranked, with the columns that are the same for everybody.

    Parameters
    ----------
    batches : iterable of RecordBatch
        Rows in the order of the list.
    constants : mapping
        Column → value.
    totals, meta, warnings
        Of the list.
    """
    import pyarrow.parquet as pq

    home, schema = _Home(), list_schema()
    path, done = home.path / "list.parquet", 0
    options = ids_in_groups(int(totals["customers_listed"]))
    with pq.ParquetWriter(path, schema, **options) as writer:
        for batch in of_one_size(batches, GROUP_ROWS):
            writer.write_batch(_ranked(batch, done, constants, schema), row_group_size=GROUP_ROWS)
            done += len(batch)
    return StoredList(path, totals, meta, warnings, home)


def _ranked(batch: pa.RecordBatch, done: int, constants: Mapping[str, Any], schema: pa.Schema) -> Any:
    import pyarrow as pa

    columns = []
    for one in schema:
        if one.name == "rank":
            columns.append(pa.array(np.arange(done + 1, done + len(batch) + 1)))
        elif one.name in constants:
            columns.append(pa.repeat(pa.scalar(constants[one.name], one.type), len(batch)))
        else:
            columns.append(batch.column(one.name).cast(one.type))
    return pa.record_batch(columns, schema=schema)
