"""DuckDB, the embedded default: larger than memory, on all cores, nothing to start."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import duckdb
import narwhals as nw

from crm_ml.base.files import atomic_path
from crm_ml.data.engines.base import FILE, ROW, Conversion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    import pyarrow as pa

__all__ = ["DuckDBEngine"]


class DuckDBEngine:
    """Runs frames on one embedded DuckDB connection.

    Parameters
    ----------
    memory_limit : str, optional
        Such as ``"4GB"``; beyond it DuckDB spills to `temp_directory`.
    temp_directory : str, optional
        Where it spills.
    threads : int, optional
        Number of threads; all cores when not given.
    connection : duckdb.DuckDBPyConnection, optional
        Use this connection instead of a new one.
    """

    name = "duckdb"

    def __init__(
        self,
        memory_limit: str | None = None,
        temp_directory: str | None = None,
        threads: int | None = None,
        connection: duckdb.DuckDBPyConnection | None = None,
    ) -> None:
        self.connection = connection or duckdb.connect(":memory:")
        settings = {"memory_limit": memory_limit, "temp_directory": temp_directory, "threads": threads}
        for setting, value in settings.items():
            if value is not None:
                self.connection.execute(f"SET {setting} = {_literal(str(value))}")
        if connection is None:
            # A day is a day of the business calendar, never of the machine that runs the job.
            self.connection.execute("SET TimeZone = 'UTC'")
        self._names = itertools.count()

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """Take an Arrow table in, without copying."""
        name = self._name("arrow")
        self.connection.register(name, table)
        return self._frame(f"SELECT * FROM {_identifier(name)}")

    def from_native(self, frame: Any) -> nw.LazyFrame[Any]:
        """Take a relation of the same connection, or any eager frame, in."""
        if isinstance(frame, duckdb.DuckDBPyRelation):
            return nw.from_native(frame).lazy()
        return self.from_arrow(nw.from_native(frame, eager_only=True).to_arrow())

    def read_parquet(self, paths: list[str]) -> nw.LazyFrame[Any]:
        """Read Parquet files lazily, with `ROW`, and `FILE` when there are several."""
        files = ", ".join(_literal(path) for path in paths)
        several = len(paths) > 1
        scan = f"read_parquet([{files}], file_row_number=true, filename={several}, hive_partitioning=false)"
        place = f"file_row_number + 1 AS {ROW}" + (f", parse_filename(filename) AS {FILE}" if several else "")
        extra = "file_row_number, filename" if several else "file_row_number"
        return self._frame(f"SELECT * EXCLUDE ({extra}), {place} FROM {scan}")

    def number_rows(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Add `ROW` in the order in which the frame comes."""
        relation = frame.to_native()
        return nw.from_native(relation.project(f"*, row_number() OVER () AS {ROW}")).lazy()

    def convert(self, frame: nw.LazyFrame[Any], conversions: Sequence[Conversion]) -> nw.LazyFrame[Any]:
        """Add converted columns."""
        schema = frame.collect_schema()
        added = [
            f"{_conversion(one, schema[one.source])} AS {_identifier(one.name)}" for one in conversions
        ]
        return nw.from_native(frame.to_native().project(", ".join(["*", *added]))).lazy()

    def fingerprint(self, frame: nw.LazyFrame[Any]) -> str:
        """Identify the content of a frame, whatever the order of its rows."""
        names = ", ".join(_identifier(name) for name in frame.collect_schema().names())
        rows = frame.to_native().aggregate(f"count(*), sum(hash({names})::HUGEINT)").fetchall()
        count, total = rows[0]
        return f"{count}-{(total or 0) % 2**64:016x}"

    def materialise(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Compute a frame once into a temporary table."""
        name = self._name("table")
        frame.to_native().create(name)
        return self._frame(f"SELECT * FROM {_identifier(name)}")

    def to_arrow(self, frame: nw.LazyFrame[Any]) -> pa.Table:
        """Hand out the whole frame."""
        return frame.to_native().to_arrow_table()

    def to_batches(self, frame: nw.LazyFrame[Any], rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Hand out the frame in batches, never all at once."""
        yield from frame.to_native().to_arrow_reader(rows)

    def write_parquet(self, frame: nw.LazyFrame[Any], path: str | PathLike[str]) -> None:
        """Write a frame to one Parquet file."""
        with atomic_path(path) as temporary:
            frame.to_native().write_parquet(str(temporary), compression="zstd")

    def spilled_bytes(self) -> int:
        """Return how many bytes lie in the temporary folder now."""
        row = self.connection.execute("SELECT coalesce(sum(size), 0) FROM duckdb_temporary_files()").fetchone()
        return int(row[0]) if row else 0

    def _frame(self, query: str) -> nw.LazyFrame[Any]:
        return nw.from_native(self.connection.sql(query)).lazy()

    def _name(self, kind: str) -> str:
        return f"crm_ml_{kind}_{next(self._names)}"


def _conversion(one: Conversion, dtype: nw.dtypes.DType) -> str:
    column = _identifier(one.source)
    if one.kind == "text":
        return f"nullif(trim({column}::VARCHAR), '')"
    if one.kind == "number":
        return f"try_cast({column} AS DOUBLE)"
    if isinstance(dtype, nw.Datetime) and dtype.time_zone is not None:
        column = f"timezone({_literal(one.time_zone)}, {column})"
    elif not isinstance(dtype, nw.Datetime | nw.Date):
        formats = ", ".join(_literal(each) for each in one.formats)
        column = f"try_strptime({column}::VARCHAR, [{formats}])"
    return f"datediff('day', DATE '1970-01-01', {column}::DATE)::BIGINT"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
