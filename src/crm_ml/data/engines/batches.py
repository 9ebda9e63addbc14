"""Arrow batches of one size: what a batch holds must not depend on how an engine happened to cut it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BATCH_ROWS", "BatchFunction", "of_one_size"]

BATCH_ROWS = 65_536
BatchFunction: TypeAlias = "Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]"


def of_one_size(batches: Iterable[pa.RecordBatch], rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Cut a stream into batches of exactly `rows` rows; the last one holds the rest.

    Examples
    --------
    >>> import pyarrow as pa
    >>> one = pa.RecordBatch.from_pydict({"n": [1, 2, 3]})
    >>> [len(batch) for batch in of_one_size([one, one], rows=4)]
    [4, 2]
    """
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    held = 0
    for batch in batches:
        rest = batch
        while held + len(rest) >= rows:
            parts = [*waiting, rest.slice(0, rows - held)]
            yield parts[0] if len(parts) == 1 else pa.concat_batches(parts)  # joining one would copy it
            rest, waiting, held = rest.slice(rows - held), [], 0
        if len(rest):
            waiting.append(rest)
            held += len(rest)
    if waiting:
        yield pa.concat_batches(waiting)
