"""DuckDB, the embedded default: larger than memory, on all cores, nothing to start."""

from __future__ import annotations

import itertools
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import narwhals as nw

from crm_ml.base.exceptions import InputError
from crm_ml.base.files import atomic_path
from crm_ml.data.engines.base import ARRAYS, FILE, ROW, DayFrom
from crm_ml.data.engines.batches import BATCH_ROWS, of_one_size
from crm_ml.data.engines.frames import as_arrow, as_lazy
from crm_ml.data.engines.sql_text import identifier, literal, path_literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    import pyarrow as pa

    from crm_ml.data.engines.batches import BatchFunction

__all__ = ["DuckDBEngine"]

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50}
_ENGINES = itertools.count()
# What a thread holds at once of every column of a wide table and cannot spill; at 128 MB a sort gave up.
_A_THREAD = 160 * 2**20


class DuckDBEngine:
    """Runs frames on one embedded DuckDB connection.

    Parameters
    ----------
    memory_limit : str, optional
        Such as ``"4GB"``; beyond it DuckDB spills to `temp_directory`.
    temp_directory : str, optional
        Where it spills.
    threads : int, optional
        Number of threads; all cores when not given. Fewer where that leaves less than 160 MB to each.
    relation : duckdb.DuckDBPyRelation, optional
        Work on the connection of this relation instead of a new one; its settings stay as they are.
    """

    name = "duckdb"

    def __init__(
        self,
        memory_limit: str | None = None,
        temp_directory: str | None = None,
        threads: int | None = None,
        relation: duckdb.DuckDBPyRelation | None = None,
    ) -> None:
        # On somebody else's connection two engines must not take the same name, one after the other neither.
        self._prefix = f"crm_ml_{next(_ENGINES)}_"
        self._names = itertools.count()
        self.lock = threading.RLock()  # a connection serves one thread at a time, and refuses others
        self._relation = relation
        if relation is not None:
            return
        self._connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
        # The machine that runs a job must not decide how a moment is written.
        settings = {
            "TimeZone": "UTC",
            "memory_limit": memory_limit,
            "temp_directory": temp_directory,
            "threads": threads,
        }
        for setting, value in settings.items():
            if value is not None:
                self._connection.execute(f"SET {setting} = {literal(str(value))}")
        most = max(1, self._memory // _A_THREAD)
        self._connection.execute(f"SET threads = {min(self.threads, most)}")

    @property
    def threads(self) -> int:
        """Threads of the connection."""
        return int(self._setting("threads"))

    @property
    def room(self) -> int:
        """Half of the memory that DuckDB itself may take, which arrays then take beside it; 4 GB at most.

        On somebody else's connection none: the tables that number customers would stay there.
        """
        if self._relation is not None:
            return 0
        return min(ARRAYS, self._memory // 2)

    @property
    def _memory(self) -> int:
        size, unit = self._setting("memory_limit").split()
        return int(float(size) * _UNITS[unit])

    def _setting(self, name: str) -> str:
        return str(self._sql(f"SELECT current_setting({literal(name)})").fetchall()[0][0])

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """Take an Arrow table in; without copying on a connection of its own."""
        if self._relation is None:
            return as_lazy(self._connection.from_arrow(table))
        import pyarrow.parquet as pq

        # A relation does not hand out its connection, so the table goes round by a file.
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "table.parquet")
            pq.write_table(table, path)
            return self.materialise(self._frame(f"FROM read_parquet({path_literal(path)})"))

    def from_native(self, frame: Any) -> nw.LazyFrame[Any]:
        """Take a relation of the same connection in where it is, or copy in any eager frame."""
        if isinstance(frame, duckdb.DuckDBPyRelation):
            return as_lazy(frame)
        return self.from_arrow(as_arrow(frame))

    def read_parquet(self, paths: list[str]) -> nw.LazyFrame[Any]:
        """Read Parquet files lazily, with `ROW`, and `FILE` when there are several."""
        files = ", ".join(path_literal(path) for path in paths)
        several = len(paths) > 1
        options = (
            f"file_row_number=true, union_by_name={several}, filename={several}, hive_partitioning=false"
        )
        place = f"file_row_number + 1 AS {ROW}" + (f", parse_filename(filename) AS {FILE}" if several else "")
        extra = "file_row_number, filename" if several else "file_row_number"
        return self._frame(f"FROM read_parquet([{files}], {options}) SELECT * EXCLUDE ({extra}), {place}")

    def number_rows(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Add `ROW` in the order in which the frame comes."""
        return _project(frame, f"row_number() OVER () AS {ROW}")

    def days(self, frame: nw.LazyFrame[Any], columns: Sequence[DayFrom]) -> nw.LazyFrame[Any]:
        """Add integer day columns."""
        schema = frame.collect_schema()
        return _project(
            frame, *(f"{_day(one, schema[one.source])} AS {identifier(one.name)}" for one in columns)
        )

    def fingerprint(self, frame: nw.LazyFrame[Any]) -> str:
        """Identify the content of a frame, whatever the order of its rows."""
        names = ", ".join(identifier(name) for name in frame.collect_schema().names())
        # A sum and not an exclusive or: twins must not cancel out.
        rows = frame.to_native().aggregate(f"count(*), sum(hash({names})::HUGEINT)").fetchall()
        count, total = rows[0]
        return f"{count}-{(total or 0) % 2**64:016x}"

    def materialise(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Compute a frame once into a table of the engine; a temporary one on somebody else's connection."""
        name = self._name()
        if self._relation is None:
            frame.to_native().create(name)
        else:  # their database is not ours to write to
            create = f"CREATE TEMPORARY TABLE {name} AS FROM crm_ml_source"
            frame.to_native().query("crm_ml_source", create)
        return self._table(name)

    def release(self, frame: nw.LazyFrame[Any]) -> None:
        """Drop the table of a frame from `materialise` or `map_batches`."""
        name = frame.to_native().alias
        if not name.startswith(self._prefix):
            raise InputError("no frame from materialise or map_batches of this engine", got=name)
        query = f"DROP TABLE IF EXISTS {name}"
        if self._relation is None:
            self._connection.execute(query)
        else:
            self._relation.query("crm_ml_source", query)

    def to_arrow(self, frame: nw.LazyFrame[Any]) -> pa.Table:
        """Hand out the whole frame."""
        return frame.to_native().to_arrow_table()

    def to_batches(self, frame: nw.LazyFrame[Any], rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Hand out the frame in batches, never all at once."""
        yield from frame.to_native().to_arrow_reader(rows)

    def map_batches(
        self, frame: nw.LazyFrame[Any], function: BatchFunction, schema: pa.Schema
    ) -> nw.LazyFrame[Any]:
        """Give the frame to a function in Arrow batches; what it hands back goes to a table that spills."""
        made = function(of_one_size(self.to_batches(frame, BATCH_ROWS)))
        if self._relation is None:
            return self._stored(made, schema)
        import pyarrow.parquet as pq

        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "batches.parquet")
            with pq.ParquetWriter(path, schema) as writer:
                for batch in made:
                    writer.write_batch(batch)
            return self.materialise(self._frame(f"FROM read_parquet({path_literal(path)})"))

    def _stored(self, batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> nw.LazyFrame[Any]:
        """Put batches into a new table as they come; they may come from a query that is still running."""
        name = self._name()
        with self._connection.cursor() as writer:
            writer.register("incoming", schema.empty_table())
            writer.execute(f"CREATE TABLE {name} AS FROM incoming")
            for batch in batches:
                writer.register("incoming", batch)
                writer.execute(f"INSERT INTO {name} FROM incoming")
            writer.unregister("incoming")
        return self._table(name)

    def write_parquet(self, frame: nw.LazyFrame[Any], path: str | PathLike[str]) -> None:
        """Write a frame to one Parquet file."""
        with atomic_path(path) as temporary:
            frame.to_native().write_parquet(str(temporary), compression="zstd")

    def spilled_bytes(self) -> int:
        """Return how many bytes lie in the temporary folder now."""
        query = "SELECT coalesce(sum(size), 0) FROM duckdb_temporary_files()"
        return int(self._sql(query).fetchall()[0][0])

    def _table(self, name: str) -> nw.LazyFrame[Any]:
        return as_lazy(self._sql(f"FROM {name}").set_alias(name))  # by which `release` finds it

    def _frame(self, query: str) -> nw.LazyFrame[Any]:
        return as_lazy(self._sql(query))

    def _sql(self, query: str) -> duckdb.DuckDBPyRelation:
        if self._relation is None:
            return self._connection.sql(query)
        found = self._relation.query("crm_ml_source", query)
        if found is None:
            raise InputError("not a query", got=query[:200])
        return found

    def _name(self) -> str:
        return f"{self._prefix}table_{next(self._names)}"


def _project(frame: nw.LazyFrame[Any], *added: str) -> nw.LazyFrame[Any]:
    return as_lazy(frame.to_native().project(", ".join(["*", *added])))


def _day(one: DayFrom, dtype: nw.dtypes.DType) -> str:
    column, zone = identifier(one.source), literal(one.time_zone)
    number = f"try_cast({column} AS DOUBLE)"
    moment = {
        "epoch_s": f"timezone({zone}, to_timestamp(CASE WHEN abs({number}) < 1e11 THEN {number} END))",
        "epoch_ms": f"timezone({zone}, to_timestamp(CASE WHEN abs({number}) < 1e14 THEN {number} / 1e3 END))",
        "instant": f"timezone({zone}, try_cast({column} AS TIMESTAMPTZ))",
        "": f"timezone({zone}, {column})" if getattr(dtype, "time_zone", None) else column,
    }.get(one.format, f"try_strptime({column}::VARCHAR, {literal(one.format)})")
    if one.format == "excel":
        # Excel counts from 1899-12-30, which is 25,569 days before 1970-01-01.
        return f"CASE WHEN abs({number}) < 1e7 THEN floor({number})::BIGINT - 25569 END"
    return f"datediff('day', DATE '1970-01-01', ({moment})::DATE)::BIGINT"
