"""Spark, for what fits on no single machine; the log stays on the cluster."""

from __future__ import annotations

import os
import re
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import narwhals as nw
from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from crm_ml.base.files import atomic_path
from crm_ml.data.engines.base import FILE, ROW, DayFrom
from crm_ml.data.engines.frames import as_arrow, as_lazy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    import pyarrow as pa
    from pyspark.sql import Column

    from crm_ml.data.engines.batches import BatchFunction

__all__ = ["SparkEngine"]

# strptime → Java's patterns; one letter of day or month reads one digit or two.
_JAVA = {"%Y": "yyyy", "%y": "yy", "%m": "M", "%d": "d", "%b": "MMM", "%B": "MMMM", "%H": "H", "%I": "h",
         "%M": "m", "%S": "s", "%p": "a", "%f": "SSSSSS", "%z": "XX", "%T": "H:m:s"}  # fmt: skip


class SparkEngine:
    """Runs frames in a Spark session.

    Parameters
    ----------
    master : str, optional
        Such as ``"spark://host:7077"``; when not given the running session, that of ``spark-submit``, or
        ``local[threads]``.
    memory_limit : str, optional
        Memory of the driver, such as ``"4g"``; only for a new session.
    temp_directory : str, optional
        Where Spark spills; only for a new session.
    threads : int, optional
        Cores of a local session; all when not given.
    session : SparkSession, optional
        Use this one.
    """

    name = "spark"
    room = 0  # the log belongs on the workers
    threads = 1  # of the driver
    lock = nullcontext()

    def __init__(
        self,
        master: str | None = None,
        memory_limit: str | None = None,
        temp_directory: str | None = None,
        threads: int | None = None,
        session: SparkSession | None = None,
    ) -> None:
        self.session = session or _session(master, memory_limit, temp_directory, threads)

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """Take an Arrow table in."""
        import pyarrow as pa

        plain = _plain(table)
        naive = [one.name for one in plain.schema if pa.types.is_timestamp(one.type) and one.type.tz is None]
        fields = [pa.field(one.name, pa.int64() if one.name in naive else one.type) for one in plain.schema]
        frame = self.session.createDataFrame(plain.cast(pa.schema(fields)))
        for name in naive:
            # Spark would take a moment without a zone for an instant; it goes in as a number and stays local.
            local = F.timestamp_micros(F.col(f"`{name}`")).cast("timestamp_ntz")
            frame = frame.withColumn(name, F.convert_timezone(F.lit(self._zone), F.lit("UTC"), local))
        return as_lazy(frame)

    def from_native(self, frame: Any) -> nw.LazyFrame[Any]:
        """Take a Spark frame in where it is, under safe names, or copy in any eager frame."""
        if isinstance(frame, DataFrame):
            # A dot in a name would be read as a field of a struct.
            return as_lazy(frame.toDF(*(f"c{number}" for number in range(len(frame.columns)))))
        return self.from_arrow(as_arrow(frame))

    def read_parquet(self, paths: list[str]) -> nw.LazyFrame[Any]:
        """Read Parquet files lazily, with `ROW`, and `FILE` when there are several."""
        # Spark reads [ and * in a path as a pattern.
        escaped = ["".join(f"\\{mark}" if mark in "[]{}*?\\" else mark for mark in path) for path in paths]
        frame = self.session.read.option("mergeSchema", str(len(paths) > 1)).parquet(*escaped)
        if len(paths) > 1:
            frame = frame.withColumn(FILE, F.col("_metadata.file_name"))
        return self.number_rows(nw.from_native(frame))

    def number_rows(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Add `ROW`: consecutive within a partition, and with a jump from one partition to the next."""
        return as_lazy(frame.to_native().withColumn(ROW, F.monotonically_increasing_id() + 1))

    def days(self, frame: nw.LazyFrame[Any], columns: Sequence[DayFrom]) -> nw.LazyFrame[Any]:
        """Add integer day columns."""
        native = frame.to_native()
        types = dict(native.dtypes)
        for one in columns:
            instant = types[one.source] == "timestamp"
            native = native.withColumn(one.name, _day(one, instant=instant, session_zone=self._zone))
        return as_lazy(native)

    def fingerprint(self, frame: nw.LazyFrame[Any]) -> str:
        """Identify the content of a frame, whatever the order of its rows."""
        native = frame.to_native()
        hashed = F.xxhash64(*(F.col(name) for name in native.columns)).cast("decimal(38,0)")
        row = native.agg(F.count(F.lit(1)).alias("n"), F.sum(hashed).alias("h")).collect()[0]
        return f"{row['n']}-{int(row['h'] or 0) % 2**64:016x}"

    def materialise(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Compute a frame once; it stays on the executors, spilled to their disks when it must."""
        # Cut off from its source, which may be a file that is gone by the time of a second look.
        stored = frame.to_native().localCheckpoint(eager=True, storageLevel=StorageLevel.MEMORY_AND_DISK)
        return as_lazy(stored)

    def release(self, frame: nw.LazyFrame[Any]) -> None:
        """Do nothing: Spark's own cleaner frees a checkpoint that nobody refers to."""

    def to_arrow(self, frame: nw.LazyFrame[Any]) -> pa.Table:
        """Hand out the whole frame."""
        return frame.to_native().toArrow()

    def to_batches(self, frame: nw.LazyFrame[Any], rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Hand out the frame in batches, partition after partition; `rows` is up to Spark's own settings."""
        import pyarrow as pa

        # Rows as Python objects would take a hundred times longer than the batches that the workers have.
        packed = frame.to_native().mapInArrow(_packed, "batch binary")
        for row in packed.toLocalIterator():
            yield from pa.ipc.open_stream(row["batch"])

    def map_batches(
        self, frame: nw.LazyFrame[Any], function: BatchFunction, schema: pa.Schema
    ) -> nw.LazyFrame[Any]:
        """Give every partition to a function on its worker; what it hands back stays on the executors."""
        from pyspark.sql.pandas.types import from_arrow_schema

        mapped = frame.to_native().mapInArrow(function, from_arrow_schema(schema))
        return self.materialise(as_lazy(mapped))

    def write_parquet(self, frame: nw.LazyFrame[Any], path: str | PathLike[str]) -> None:
        """Write a frame to one Parquet file on this machine."""
        import pyarrow.parquet as pq

        schema = self.to_arrow(nw.from_native(frame.to_native().limit(0))).schema
        with (
            atomic_path(path) as temporary,
            pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
        ):
            for batch in self.to_batches(frame):
                writer.write_batch(batch)

    def spilled_bytes(self) -> int:
        """Return 0: Spark reports what it spilled in its own interface."""
        return 0

    @property
    def _zone(self) -> str:
        return str(self.session.conf.get("spark.sql.session.timeZone"))


def _packed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Pack every batch into one cell of bytes; runs on the workers."""
    import pyarrow as pa

    for batch in batches:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        yield pa.record_batch([pa.array([sink.getvalue().to_pybytes()], pa.binary())], names=["batch"])


def _session(
    master: str | None, memory_limit: str | None, temp_directory: str | None, threads: int | None
) -> SparkSession:
    builder = SparkSession.builder.appName("crm_ml").config("spark.sql.session.timeZone", "UTC")
    running = SparkSession.getActiveSession()
    if running is not None and master is None:
        return running
    settings = {"spark.driver.memory": memory_limit, "spark.local.dir": temp_directory}
    if master is not None:
        builder = builder.master(master)
    elif "PYSPARK_GATEWAY_PORT" not in os.environ:  # else spark-submit has chosen already
        builder = builder.master(f"local[{threads or '*'}]")
        # Workers on this machine take this Python, and not whichever comes first on the path.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        # A local session: no web page, and no more tasks than it has cores for.
        settings |= {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": str(2 * (threads or 4))}
    for key, value in settings.items():
        if value is not None:
            builder = builder.config(key, value)
    return builder.getOrCreate()


def _plain(table: pa.Table) -> pa.Table:
    """Return a table without the types that Spark does not take in: dictionaries, unsigned and large ones."""
    import pyarrow as pa

    fields = []
    for one in table.schema:
        kind = one.type.value_type if pa.types.is_dictionary(one.type) else one.type
        if pa.types.is_large_string(kind) or pa.types.is_null(kind):
            kind = pa.string()
        elif pa.types.is_unsigned_integer(kind):
            kind = pa.int64()
        elif pa.types.is_timestamp(kind) or pa.types.is_date64(kind):
            kind = pa.timestamp("us", getattr(kind, "tz", None))
        fields.append(pa.field(one.name, kind))
    return table.cast(pa.schema(fields))


def _day(one: DayFrom, *, instant: bool, session_zone: str) -> Column:
    column = F.col(one.source)
    number = column.try_cast("double")
    if one.format == "excel":
        # Excel counts from 1899-12-30, which is 25,569 days before 1970-01-01.
        return F.when(F.abs(number) < 1e7, F.floor(number).cast("long") - 25_569)
    if one.format in ("epoch_s", "epoch_ms", "instant") or (instant and not one.format):
        moment = _moment(one.format, column, number)
        # An instant shows the day of the session's zone; carried from there to the business zone.
        local = F.convert_timezone(F.lit(session_zone), F.lit(one.time_zone), moment.cast("timestamp_ntz"))
        date = local.cast("date")
    elif one.format:
        date = F.try_to_timestamp(column.cast("string"), F.lit(_java_pattern(one.format))).cast("date")
    else:
        date = column.cast("date")
    return F.unix_date(date).cast("long")


def _java_pattern(format_: str) -> str:
    """Translate a strptime format; Java wants letters that stand for themselves between quotes."""
    parts = re.split("(%[A-Za-z])", format_)
    return "".join(_JAVA.get(part) or re.sub("([A-Za-z]+)", r"'\1'", part) for part in parts)


def _moment(format_: str, column: Column, number: Column) -> Column:
    if format_ == "epoch_s":
        return F.timestamp_seconds(F.when(F.abs(number) < 1e11, number))
    if format_ == "epoch_ms":
        return F.timestamp_millis(F.when(F.abs(number) < 1e14, number).cast("long"))
    if format_ == "instant":  # Spark wants seconds where there is an offset
        return F.regexp_replace(column, r"([T ]\d{1,2}:\d{2}) ?(Z|[+-])", "$1:00$2").try_cast("timestamp")
    return column
