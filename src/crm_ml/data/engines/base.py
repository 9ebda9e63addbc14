"""What an engine must do; everything else is Narwhals and the same on every engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from os import PathLike

    import narwhals as nw
    import pyarrow as pa

    from crm_ml.data.engines.batches import BatchFunction

__all__ = ["ARRAYS", "FILE", "ROW", "SERIALS", "DayFrom", "Engine"]

# Where a row came from: its 1-based number in its file (or table), and the file when there are several.
ROW = "__row__"
FILE = "__file__"

#: Bytes that arrays beside an engine may take when nobody limits its memory.
ARRAYS = 4 * 2**30

# Formats of a day that are numbers instead of calendar text, with the text of an instant in ISO 8601.
SERIALS = ("excel", "epoch_s", "epoch_ms", "instant")


@dataclass(frozen=True)
class DayFrom:
    """A new Int64 column, days since 1970-01-01, made from a column; null where it does not convert.

    Calendar arithmetic is the one kind of maths that Narwhals does not carry over between engines.

    Parameters
    ----------
    name : str
        Name of the new column.
    source : str
        Column with dates, timestamps (with or without a zone), text or numbers.
    format : str
        For text: a strptime format, or one of `SERIALS` for numbers and for instants with an offset;
        empty for a column of dates.
    time_zone : str
        Business time zone whose calendar decides on which day an instant falls.
    """

    name: str
    source: str
    format: str = ""
    time_zone: str = "UTC"


class Engine(Protocol):
    """The verbs that are not portable: reading, days, materialising, handing out, writing, memory."""

    name: str

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """Held while queries are asked that those of another thread must not come between."""

    @property
    def threads(self) -> int:
        """How many threads may work at once."""

    @property
    def room(self) -> int:
        """Bytes that a log may take outside of the engine, as arrays; 0 where it stays with its workers."""

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """Take an Arrow table in."""

    def from_native(self, frame: Any) -> nw.LazyFrame[Any]:
        """Take a frame of this engine in where it is, or copy in any eager frame."""

    def read_parquet(self, paths: list[str]) -> nw.LazyFrame[Any]:
        """Read Parquet files lazily, with `ROW`, and `FILE` when there are several."""

    def number_rows(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Add `ROW` to a frame that has no place of its own in a file."""

    def days(self, frame: nw.LazyFrame[Any], columns: Sequence[DayFrom]) -> nw.LazyFrame[Any]:
        """Add integer day columns."""

    def fingerprint(self, frame: nw.LazyFrame[Any]) -> str:
        """Identify the content of a frame, whatever the order of its rows."""

    def materialise(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Compute a frame once, so that later queries start from it; spills to disk when it must."""

    def release(self, frame: nw.LazyFrame[Any]) -> None:
        """Give the memory of a frame from `materialise` or `map_batches` back; it is gone then."""

    def to_arrow(self, frame: nw.LazyFrame[Any]) -> pa.Table:
        """Hand out the whole frame."""

    def to_batches(self, frame: nw.LazyFrame[Any], rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Hand out the frame in batches, never all at once."""

    def map_batches(
        self, frame: nw.LazyFrame[Any], function: BatchFunction, schema: pa.Schema
    ) -> nw.LazyFrame[Any]:
        """Give the frame to a function in Arrow batches; keep what it hands back, outside of Python's memory.

        Parameters
        ----------
        frame : narwhals LazyFrame
            What goes in, in its order.
        function : callable
            From an iterator of record batches to one; on Spark it runs on the workers, once a partition, and
            is sent there.
        schema : pyarrow.Schema
            Of what it hands back.
        """

    def write_parquet(self, frame: nw.LazyFrame[Any], path: str | PathLike[str]) -> None:
        """Write a frame to one Parquet file."""

    def spilled_bytes(self) -> int:
        """Return how many bytes the engine has written to its temporary folder and still holds."""
