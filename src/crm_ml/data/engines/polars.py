"""Polars: for who has the log in Polars already; in memory."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import narwhals as nw
import polars as pl

from crm_ml.base.files import atomic_path
from crm_ml.data.engines.base import ARRAYS, FILE, ROW, DayFrom
from crm_ml.data.engines.batches import BATCH_ROWS, of_one_size
from crm_ml.data.engines.frames import as_arrow, as_lazy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    import pyarrow as pa

    from crm_ml.data.engines.batches import BatchFunction

__all__ = ["PolarsEngine"]


class PolarsEngine:
    """Runs frames on Polars' lazy engine."""

    name = "polars"
    room = ARRAYS
    lock = nullcontext()

    @property
    def threads(self) -> int:
        """Threads of Polars' own pool."""
        return pl.thread_pool_size()

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """Take an Arrow table in."""
        return as_lazy(pl.DataFrame(table))

    def from_native(self, frame: Any) -> nw.LazyFrame[Any]:
        """Take a Polars frame in where it is, or copy in any eager frame."""
        if isinstance(frame, pl.DataFrame | pl.LazyFrame):
            return as_lazy(frame.lazy())
        return self.from_arrow(as_arrow(frame))

    def read_parquet(self, paths: list[str]) -> nw.LazyFrame[Any]:
        """Read Parquet files lazily, with `ROW`, and `FILE` when there are several."""
        scans = [pl.scan_parquet(path, glob=False, row_index_name=ROW) for path in paths]
        numbered = [scan.with_columns(pl.col(ROW).cast(pl.Int64) + 1) for scan in scans]
        if len(paths) == 1:
            return as_lazy(numbered[0])
        names = [pl.lit(path.rsplit("/", 1)[-1]).alias(FILE) for path in paths]
        named = [scan.with_columns(name) for scan, name in zip(numbered, names, strict=True)]
        return as_lazy(pl.concat(named, how="diagonal_relaxed"))

    def number_rows(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Add `ROW` in the order in which the frame comes."""
        numbered = frame.to_native().with_row_index(ROW, offset=1)
        return as_lazy(numbered.with_columns(pl.col(ROW).cast(pl.Int64)))

    def days(self, frame: nw.LazyFrame[Any], columns: Sequence[DayFrom]) -> nw.LazyFrame[Any]:
        """Add integer day columns."""
        schema = frame.collect_schema()
        made = [_day(one, schema[one.source]).alias(one.name) for one in columns]
        return as_lazy(frame.to_native().with_columns(made))

    def fingerprint(self, frame: nw.LazyFrame[Any]) -> str:
        """Identify the content of a frame, whatever the order of its rows."""
        hashes = frame.to_native().select(pl.struct(pl.all()).hash(seed=0).alias("h"))
        # Halves, since a sum of 64-bit numbers would run over.
        low, high = pl.col("h") & 0xFFFFFFFF, pl.col("h") // 2**32
        row = (
            hashes.select(low.cast(pl.Int64).sum(), high.cast(pl.Int64).sum().alias("g"), pl.len())
            .collect()
            .row(0)
        )
        return f"{row[2]}-{(row[0] + row[1] * 2**32) % 2**64:016x}"

    def materialise(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Compute a frame once, in memory."""
        return as_lazy(frame.to_native().collect().lazy())

    def release(self, frame: nw.LazyFrame[Any]) -> None:
        """Do nothing: what nobody refers to goes by itself."""

    def to_arrow(self, frame: nw.LazyFrame[Any]) -> pa.Table:
        """Hand out the whole frame."""
        return frame.to_native().collect().to_arrow()

    def to_batches(self, frame: nw.LazyFrame[Any], rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Hand out the frame in batches."""
        yield from self.to_arrow(frame).to_batches(max_chunksize=rows)

    def map_batches(
        self, frame: nw.LazyFrame[Any], function: BatchFunction, schema: pa.Schema
    ) -> nw.LazyFrame[Any]:
        """Give the frame to a function in Arrow batches; what it hands back stays in memory."""
        import pyarrow as pa

        made = function(of_one_size(self.to_batches(frame, BATCH_ROWS)))
        return self.from_arrow(pa.Table.from_batches(made, schema=schema))

    def write_parquet(self, frame: nw.LazyFrame[Any], path: str | PathLike[str]) -> None:
        """Write a frame to one Parquet file."""
        with atomic_path(path) as temporary:
            frame.to_native().sink_parquet(temporary, compression="zstd")

    def spilled_bytes(self) -> int:
        """Return 0: Polars does not spill here."""
        return 0


def _day(one: DayFrom, dtype: nw.dtypes.DType) -> pl.Expr:
    column = pl.col(one.source)
    number = column.cast(pl.Float64, strict=False)
    if one.format == "excel":
        # Excel counts from 1899-12-30, which is 25,569 days before 1970-01-01.
        return pl.when(number.abs() < 1e7).then(number.floor()).cast(pl.Int64) - 25_569
    if one.format in ("epoch_s", "epoch_ms"):
        scale, most = (1_000, 1e11) if one.format == "epoch_s" else (1, 1e14)
        moment = (
            pl.when(number.abs() < most).then(number * scale).cast(pl.Int64).cast(pl.Datetime("ms", "UTC"))
        )
        date = moment.dt.convert_time_zone(one.time_zone).dt.date()
    elif one.format == "instant":
        iso = column.str.replace(" ", "T").str.replace(" ", "").str.replace(r"([+-]\d\d)$", "${1}:00")
        iso = iso.str.replace(r"T(\d\d:\d\d)(Z|[+-])", "T${1}:00${2}")
        moment = iso.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=False)
        date = moment.dt.convert_time_zone(one.time_zone).dt.date()
    elif one.format:
        date = column.cast(pl.String).str.to_date(one.format, strict=False)
        if any(mark in one.format for mark in ("%H", "%I", "%T")):
            date = column.cast(pl.String).str.to_datetime(one.format, strict=False).dt.date()
    elif getattr(dtype, "time_zone", None):
        date = column.dt.convert_time_zone(one.time_zone).dt.date()
    else:
        date = column.cast(pl.Date)
    return date.cast(pl.Int32).cast(pl.Int64)
