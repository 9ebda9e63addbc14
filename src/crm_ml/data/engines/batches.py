"""Arrow batches of one size: what a batch holds must not depend on how an engine happened to cut it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BATCH_ROWS", "BatchFunction", "in_threads", "of_one_size"]

BATCH_ROWS = 32_768  # a larger batch is no faster, and two of them are in memory at the same time
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


def in_threads(
    function: Callable[[pa.RecordBatch], pa.RecordBatch], batches: Iterable[pa.RecordBatch], threads: int
) -> Iterator[pa.RecordBatch]:
    """Apply a function to batch after batch, in their order; so many are at work at the same time.

    Who takes the results works beside the threads: while one batch is stored, the next is made.

    Examples
    --------
    >>> import pyarrow as pa
    >>> given = [pa.RecordBatch.from_pydict({"n": [number]}) for number in range(3)]
    >>> [batch["n"].to_pylist() for batch in in_threads(lambda one: one, given, threads=2)]
    [[0], [1], [2]]
    """
    if threads == 1:
        yield from map(function, batches)
        return
    with ThreadPoolExecutor(threads) as pool:
        working: deque[Future[pa.RecordBatch]] = deque()
        for batch in batches:
            working.append(pool.submit(function, batch))
            if len(working) == threads:
                yield working.popleft().result()
        while working:
            yield working.popleft().result()
