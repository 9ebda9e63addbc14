"""Look at a delimited text file before reading it: encoding, delimiter, header, and what would go wrong."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from crm_ml.base.exceptions import FileError, InputError
from crm_ml.data.rules import DataRules

__all__ = ["TextFile", "inspect_text"]

_CHUNK = 1 << 20
_LONGEST_LINE = 16 << 20
_DETECTION_ROWS = 1_000
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
# Text shrinks at most about 50 times in gzip; beyond this it was made to burst.
_BOMB_RATIO, _BOMB_BYTES = 200, 1 << 30


@dataclass(frozen=True)
class TextFile:
    """A delimited file as it must be read: UTF-8 (or gzip of it), with these columns.

    Parameters
    ----------
    path : Path
        What to read; a temporary UTF-8 copy when the original has another encoding.
    names : list of str
        Header as written.
    delimiter : str
        One character.
    encoding : str
        Encoding of the original.
    blanks : tuple of int
        Byte offsets of empty lines, which count as no row.
    """

    path: Path
    names: list[str]
    delimiter: str
    encoding: str = "utf-8"
    blanks: tuple[int, ...] = field(default=(), repr=False)


@dataclass
class _Scan:
    size: int = 0
    high: int = 0
    broken: int = 0
    common: int = 0
    blanks: list[int] = field(default_factory=list)


def inspect_text(path: Path, rules: DataRules, wanted: Iterable[str], folder: Path) -> TextFile:
    """Find out how a CSV file (plain or gzip) must be read.

    Parameters
    ----------
    path : Path
        The file.
    rules : DataRules
        May fix delimiter and encoding, and limits sizes.
    wanted : iterable of str
        Columns that the mapping names; they tell delimiters apart.
    folder : Path
        Where a UTF-8 copy may be put.

    Raises
    ------
    FileError
        When it is empty, binary, truncated, too large, or has no line ends.
    InputError
        When the delimiter is ambiguous.
    """
    head = _head(path)
    if not head.strip():
        raise FileError(f"no rows in {path.name}", got="an empty file", do="check the export")
    wide = rules.encoding or _wide_encoding(head)
    scan = _scan(path, rules, text=wide is None)
    encoding = wide or _narrow_encoding(scan)
    hint = _HINT.match(head.decode(encoding, errors="replace").lstrip("\ufeff"))
    readable = path
    if hint or codecs.lookup(encoding).name not in {"utf-8", "ascii", "utf-8-sig"}:
        readable = _transcode(path, encoding, folder)
        head, scan = _head(readable), _scan(readable, rules, text=True)
    sample = head.decode("utf-8-sig", errors="replace")
    delimiter = rules.delimiter or (hint[1] if hint else _delimiter(sample, list(wanted), path.name))
    rows = list(_records(sample, delimiter, 2))
    _check_header(path.name, rows, rules, whole=len(head) < _CHUNK)
    return TextFile(readable, rows[0], delimiter, encoding, tuple(scan.blanks))


def _head(path: Path) -> bytes:
    with _opened(path) as file:
        return file.read(_CHUNK)


def _check_header(name: str, rows: list[list[str]], rules: DataRules, *, whole: bool) -> None:
    names = rows[0]
    if len(names) > rules.max_columns:
        do = f"at most {rules.max_columns:,} are read"
        raise FileError(f"too many columns in {name}", got=f"{len(names):,}", do=do)
    if whole and len(rows) < 2:
        raise FileError(f"no rows in {name}", got=f"only a header with {', '.join(names[:20])}")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            yield cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if packed else raw
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileError(
            f"{path.name} is not readable as gzip",
            got=str(error),
            do="it was cut off or damaged: copy it again",
        ) from error
    except PermissionError as error:
        raise FileError(f"no permission to read {path.name}", do="check the rights of the file") from error


def _wide_encoding(head: bytes) -> str | None:
    """Return UTF-16 or UTF-32 where the first bytes show it, else None."""
    for mark, name in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    even, odd = head[0:4096:2].count(0), head[1:4096:2].count(0)
    if max(even, odd) > 800 and min(even, odd) < 80:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _narrow_encoding(scan: _Scan) -> str:
    # A file in a one-byte encoding breaks UTF-8 at nearly every accent, and its bytes are letters that
    # people write; a damaged UTF-8 file breaks here and there, or at bytes that nobody types.
    if scan.broken * 2 > scan.high and scan.common >= 0.9 * scan.high:
        return "cp1252"
    return "utf-8"


def _scan(path: Path, rules: DataRules, *, text: bool) -> _Scan:
    """Go through the whole file once: size, line ends, bytes that are no UTF-8, empty lines."""
    seen = _Scan()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    packed_size = path.stat().st_size
    since_line_end = 0
    last = b"\n"
    with _opened(path) as file:
        while chunk := file.read(_CHUNK):
            if text and b"\0" in chunk:
                raise FileError(
                    f"{path.name} is not a text file", got="binary content", do="give CSV or Parquet"
                )
            since_line_end = 0 if b"\n" in chunk or b"\r" in chunk else since_line_end + len(chunk)
            if since_line_end >= _LONGEST_LINE:
                raise FileError(
                    f"{path.name} has no line end in {_LONGEST_LINE >> 20} MB", do="check the export"
                )
            if text and not chunk.isascii():
                decoded = decoder.decode(chunk)
                seen.broken += decoded.count("\ufffd")
                seen.high += len(chunk) - len(chunk.translate(None, _HIGH))
                seen.common += len(chunk) - len(chunk.translate(None, _COMMON))
            if text:
                piece = last + chunk
                if b"\n\n" in piece or b"\n\r\n" in piece:  # seldom, and far quicker to see than to find
                    seen.blanks += [seen.size + hit.start() for hit in _BLANK.finditer(piece)]
                last = chunk[-2:] if chunk.endswith(b"\r\n") else chunk[-1:]
            seen.size += len(chunk)
            _check_size(path.name, seen.size, packed_size, rules)
    return seen


_HIGH = bytes(range(128, 256))
_COMMON = "€£§°²³´«»–—‘’“”…ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüŠšŽžŒœ".encode("cp1252")
# The line by which Excel tells itself the delimiter.
_HINT = re.compile(r"\Asep=(.)\r?\n")
_BLANK = re.compile(rb"(?<=\n)\r?\n")


def _check_size(name: str, size: int, packed: int, rules: DataRules) -> None:
    if size > rules.max_bytes:
        raise FileError(
            f"{name} is too large", got=f"more than {rules.max_bytes:,} bytes", do="raise max_bytes"
        )
    if size > _BOMB_BYTES and size > packed * _BOMB_RATIO:
        raise FileError(
            f"{name} unpacks to more than {_BOMB_RATIO} times its size", do="unpack it yourself first"
        )


def _transcode(path: Path, encoding: str, folder: Path) -> Path:
    target = folder / f"{path.name}.utf8.csv"
    # What cannot be decoded stays as it was, so that the reader finds it and sets the row apart.
    errors = "replace" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    with _opened(path) as source, target.open("w", encoding="utf-8", errors=errors, newline="") as out:
        decoder = codecs.getincrementaldecoder(encoding)(errors)
        first = decoder.decode(source.read(_CHUNK))
        out.write(_HINT.sub("", first.lstrip("\ufeff"), count=1))
        while chunk := source.read(_CHUNK):
            out.write(decoder.decode(chunk))
        out.write(decoder.decode(b"", final=True))
    return target


def _records(sample: str, delimiter: str, most: int) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    seen = 0
    while seen < most:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileError("the header cannot be read", got=str(error), do="check the export") from error
        if record:
            seen += 1
            yield record


def _delimiter(sample: str, wanted: list[str], name: str) -> str:
    """Choose the delimiter under which the mapped columns exist and the rows are equally long."""
    fits = {}
    for mark in _DELIMITERS:
        try:
            rows = list(_records(sample, mark, _DETECTION_ROWS))
        except FileError:  # one endless field: not this mark
            continue
        header = {cell.strip().casefold() for cell in rows[0]}
        alike = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        found = sum(column.strip().casefold() in header for column in wanted)
        if len(rows[0]) > 1:
            fits[mark] = (found, alike >= 0.5, len(rows[0]))
    best = max(fits.values(), default=None)
    if best is None:
        return ","
    winners = [mark for mark, fit in fits.items() if fit[:2] == best[:2]]
    if len(winners) > 1:
        listed = ", ".join(_DELIMITERS[mark] for mark in winners)
        raise InputError(f"the delimiter of {name} is ambiguous", got=listed, do="set the rule delimiter")
    return winners[0]
