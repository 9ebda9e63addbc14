"""What an engine must do; everything else is Narwhals and the same on every engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    import narwhals as nw
    import pyarrow as pa

__all__ = ["FILE", "ROW", "Conversion", "Engine"]

# Where a row came from: its 1-based number in its file (or table), and the file when there are several.
ROW = "__row__"
FILE = "__file__"


@dataclass(frozen=True)
class Conversion:
    """A new column made from an old one in a way that is not portable.

    A value that does not convert becomes null; it never stops the query.

    Parameters
    ----------
    name : str
        Name of the new column.
    source : str
        Column it is made from.
    kind : {"text", "number", "day"}
        text → String without surrounding white space, empty text null; number → Float64;
        day → Int64 days since 1970-01-01.
    formats : tuple of str
        For a day out of text: the strptime formats tried in this order.
    time_zone : str
        For a day out of an instant: the business time zone whose calendar decides.
    """

    name: str
    source: str
    kind: Literal["text", "number", "day"]
    formats: tuple[str, ...] = ()
    time_zone: str = "UTC"


class Engine(Protocol):
    """The verbs that are not portable: reading, converting, materialising, handing out, writing, memory."""

    name: str

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """Take an Arrow table in."""

    def from_native(self, frame: Any) -> nw.LazyFrame[Any]:
        """Take a frame of this engine (or pandas) in, where it is."""

    def read_parquet(self, paths: list[str]) -> nw.LazyFrame[Any]:
        """Read Parquet files lazily, with `ROW`, and `FILE` when there are several."""

    def number_rows(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Add `ROW` to a frame that has no place of its own in a file."""

    def convert(self, frame: nw.LazyFrame[Any], conversions: Sequence[Conversion]) -> nw.LazyFrame[Any]:
        """Add converted columns."""

    def fingerprint(self, frame: nw.LazyFrame[Any]) -> str:
        """Identify the content of a frame, whatever the order of its rows."""

    def materialise(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Compute a frame once, so that later queries start from it; spills to disk when it must."""

    def to_arrow(self, frame: nw.LazyFrame[Any]) -> pa.Table:
        """Hand out the whole frame."""

    def to_batches(self, frame: nw.LazyFrame[Any], rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Hand out the frame in batches, never all at once."""

    def write_parquet(self, frame: nw.LazyFrame[Any], path: str | PathLike[str]) -> None:
        """Write a frame to one Parquet file."""

    def spilled_bytes(self) -> int:
        """Return how many bytes lie in the temporary folder now."""
