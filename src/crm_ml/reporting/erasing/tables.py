"""Rows of CSV and Parquet files without those of one customer; all other rows keep their bytes or types."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from crm_ml.reporting.erasing.person import Person

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["erase_from_csv", "erase_from_json_lines", "erase_from_parquet"]

_FREE_TEXT = "quarantine_text"  # a refused line as it stood in the source
_ENCODING = ("utf-8", "surrogateescape")


def erase_from_csv(source: Path, target: Path, person: Person) -> int:
    """Write the rows of other customers; return how many were left out.

    Parameters
    ----------
    source : path
        Plain or gzipped; separated by comma, semicolon or tab.
    target : path
        Where to write.
    person : Person
    """
    removed = 0
    with _open(source, "rb") as lines, _open(target, "wb") as kept:
        records = _records(lines)
        head = next(records, b"")
        kept.write(head)
        separator = max(b",;\t", key=head.count)
        names = _fields(head.removeprefix(b"\xef\xbb\xbf"), separator)
        for record in records:
            if _is_about(_fields(record, separator), names, person):
                removed += 1
            else:
                kept.write(record)
    return removed


def erase_from_json_lines(source: Path, target: Path, person: Person) -> int:
    """Write the lines that do not mention the customer; return how many were left out."""
    removed = 0
    with source.open("rb") as lines, target.open("wb") as kept:
        for line in lines:
            if person.mentioned_in_bytes(line):
                removed += 1
            else:
                kept.write(line)
    return removed


def erase_from_parquet(source: Path, target: Path, person: Person) -> int:
    """Write the rows of other customers with the same schema; return how many were left out."""
    import pyarrow.parquet as pq

    removed = 0
    with pq.ParquetFile(source) as file:
        schema = file.schema_arrow
        with pq.ParquetWriter(target, schema) as writer:
            for number in range(file.num_row_groups):
                table = file.read_row_group(number)
                kept = table.filter(_others(table, person))
                removed += len(table) - len(kept)
                if len(kept):
                    writer.write_table(kept, row_group_size=len(kept))
    return removed


def _records(lines: IO[bytes]) -> Iterator[bytes]:
    """Join lines to records: a line break inside quotes belongs to its cell."""
    pending = b""
    for line in lines:
        pending += line
        if pending.count(b'"') % 2 == 0:
            yield pending
            pending = b""
    if pending:
        yield pending


def _fields(record: bytes, separator: int) -> list[str]:
    rows = csv.reader([record.decode(*_ENCODING)], delimiter=chr(separator))
    return next(iter(rows), [])


def _is_about(cells: Sequence[str], names: Sequence[str], person: Person) -> bool:
    named = dict(zip(names, cells, strict=False))
    if person.mentioned(named.get(_FREE_TEXT, "")):
        return True
    ids = [named[name] for name in person.columns if name in named]
    if ids:
        return any(map(person.is_id, ids))
    return person.distinct and any(map(person.is_id, cells))


def _others(table: pa.Table, person: Person) -> Any:
    """Return which rows are not about the customer."""
    import pyarrow as pa
    import pyarrow.compute as pc

    own = [name for name in person.columns if name in table.column_names]
    if not own and person.distinct:
        own = [one.name for one in table.schema if _is_text(one.type)]
    about = pa.chunked_array([pa.repeat(pa.scalar(False), len(table))])
    for name in own:
        cells = table[name].cast(pa.string())
        about = pc.or_(about, pc.fill_null(pc.is_in(cells, pa.array([person.id])), False))
    if _FREE_TEXT in table.column_names:
        texts = table[_FREE_TEXT].cast(pa.string()).to_pylist()
        about = pc.or_(about, pa.chunked_array([pa.array([person.mentioned(one or "") for one in texts])]))
    return pc.invert(about)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(inner) or pa.types.is_large_string(inner))


@contextmanager
def _open(path: Path, mode: str) -> Iterator[IO[bytes]]:
    with path.open(mode) as file:
        if path.suffix != ".gz":
            yield file
            return
        # No name and no moment in the file: the same rows give the same bytes.
        with gzip.GzipFile("", mode, fileobj=file, mtime=0) as unpacked:
            yield unpacked  # type: ignore[misc]
