"""What an engine must do; everything else is Narwhals and the same on every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import narwhals as nw
    import pyarrow as pa

__all__ = ["Engine"]


class Engine(Protocol):
    """The verbs that are not portable: reading, materialising, handing out, writing, memory."""

    name: str

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """Take an Arrow table in."""

    def from_native(self, frame: Any) -> nw.LazyFrame[Any]:
        """Take a frame of this engine (or pandas) in, where it is."""

    def read_parquet(self, paths: list[str]) -> nw.LazyFrame[Any]:
        """Read Parquet files lazily."""

    def materialise(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Compute a frame once, so that later queries start from it; spills to disk when it must."""

    def to_arrow(self, frame: nw.LazyFrame[Any]) -> pa.Table:
        """Hand out the whole frame."""

    def to_batches(self, frame: nw.LazyFrame[Any], rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Hand out the frame in batches, never all at once."""

    def write_parquet(self, frame: nw.LazyFrame[Any], path: str | PathLike[str]) -> None:
        """Write a frame to one Parquet file."""
