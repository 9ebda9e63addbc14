"""Open a source, whatever it is, as one frame with row numbers; nothing is interpreted yet."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import ColumnError, FileError, InputError
from crm_ml.base.validation import nearest
from crm_ml.data.engines.base import FILE, ROW
from crm_ml.data.engines.csv_files import LINE, BadRow, spool_csv
from crm_ml.data.engines.frames import as_arrow, is_native, native_names
from crm_ml.data.sql_source import SqlSource
from crm_ml.data.text_files import inspect_text

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.engines.base import Engine
    from crm_ml.data.rules import DataRules

__all__ = ["Source", "open_source"]

_CONFIG = {".yaml", ".yml"}
_PARQUET, _TEXT = {".parquet", ".pq"}, {".csv", ".txt", ".tsv", ".gz"}


@dataclass(frozen=True)
class Source:
    """An opened source.

    Parameters
    ----------
    frame : narwhals LazyFrame
        All columns under engine-safe names, with ``ROW`` and perhaps ``FILE``.
    names : sequence of (str, str)
        Column as the source writes it, and its name in `frame`.
    label : str
        What to call the source in messages.
    temporary : bool
        Whether the frame lives in files that vanish after reading.
    bad_rows : sequence of (str, BadRow)
        File and row of what has no fields to judge.
    notes : tuple of (str, str)
        What was detected: subject and finding.
    """

    frame: nw.LazyFrame[Any]
    names: Sequence[tuple[str, str]]
    label: str
    temporary: bool = False
    bad_rows: Sequence[tuple[str, BadRow]] = ()
    notes: tuple[tuple[str, str], ...] = field(default=())


def open_source(source: Any, engine: Engine, rules: DataRules, wanted: Iterable[str], folder: Path) -> Source:
    """Open a path, folder, glob, frame or query.

    Parameters
    ----------
    source : path, sequence of paths, frame or SqlSource
        See :func:`crm_ml.data.reading.read_transactions`.
    engine : Engine
        Where the frame will live.
    rules : DataRules
        Limits, and how text is read.
    wanted : iterable of str
        Columns that the mapping names.
    folder : Path
        For temporary files; it must outlive the frame when `Source.temporary`.

    Raises
    ------
    FileError
        When a file is missing, empty, damaged or of another kind.
    """
    if isinstance(source, SqlSource):
        target = folder / "query.parquet"
        names = source.spool(target)
        frame = engine.read_parquet([str(target)])
        return Source(frame, [(name, f"c{i}") for i, name in enumerate(names)], "the query", temporary=True)
    if isinstance(source, str | Path) or _is_paths(source):
        if "://" in str(source) and engine.name == "spark":  # a cluster reads its own storage
            frame = engine.read_parquet([str(source)])
            return Source(frame, _as_they_are(frame), str(source))
        return _open_files(_files(source), engine, rules, list(wanted), folder)
    if is_native(source, engine):
        frame = engine.from_native(source)
        pairs = list(zip(native_names(source), frame.collect_schema().names(), strict=True))
        return Source(engine.number_rows(frame), pairs, "the frame")
    table = as_arrow(source)
    _check_width(table.num_columns, rules, "the frame")
    written = table.column_names
    safe = [f"c{number}" for number in range(len(written))]
    numbered = engine.number_rows(engine.from_arrow(table.rename_columns(safe)))
    return Source(numbered, list(zip(written, safe, strict=True)), "the frame")


def _is_paths(source: Any) -> bool:
    return isinstance(source, list | tuple) and all(isinstance(one, str | Path) for one in source)


def _as_they_are(frame: nw.LazyFrame[Any]) -> list[tuple[str, str]]:
    return [(name, name) for name in frame.collect_schema().names() if name not in (ROW, FILE)]


def _files(source: Any) -> list[Path]:
    """Return the files that a path, folder, glob or list of paths stands for, in a fixed order."""
    if _is_paths(source):
        return [file for one in source for file in _files(one)]
    path = Path(source).expanduser()
    if path.is_dir():
        found = [one for one in sorted(path.rglob("*")) if one.suffix.lower() in _PARQUET | _TEXT]
        found = [one for one in found if one.is_file() and not one.name.startswith((".", "_"))]
        if not found:
            raise FileError(f"no CSV or Parquet file in the folder {path}", do="name a file")
        return found
    if path.is_file():
        return [path]
    if not path.exists() and any(mark in str(source) for mark in "*?["):
        found = [Path(one) for one in sorted(glob.glob(str(path), recursive=True)) if Path(one).is_file()]
        if found:
            return found
    raise FileError(f"file not found: {path}", do=_nearest_file(path))


def _nearest_file(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {folder} does not exist"
    near = nearest(path.name, (one.name for one in folder.iterdir()), most=1)
    return f"did you mean {folder / near[0]}?" if near else f"nothing like it lies in {folder.absolute()}"


def _open_files(
    files: list[Path], engine: Engine, rules: DataRules, wanted: list[str], folder: Path
) -> Source:
    kinds = {_kind(file) for file in files}
    if len(kinds) > 1:
        raise FileError("text and Parquet files together", got=f"{len(files)} files", do="give one kind")
    label = files[0].name if len(files) == 1 else f"{len(files)} files"
    if kinds == {"text"}:
        return _open_text(files, engine, rules, wanted, folder)
    names = _parquet_names(files, rules)
    try:
        frame = engine.read_parquet([str(file) for file in files])
        inside = [name for name, _ in _as_they_are(frame)]
    except Exception as error:
        raise FileError(f"{label} is not readable as Parquet", got=_first_line(error)) from error
    return Source(frame, list(zip(names, inside, strict=False)), label)


def _kind(file: Path) -> str:
    if file.suffix.lower() in _CONFIG:
        raise FileError(f"{file.name} is a config, no table", do=f"give it with --config {file.name}")
    try:
        with file.open("rb") as opened:
            head = opened.read(4)
    except OSError as error:
        raise FileError(f"{file} is not readable", got=error.strerror, do="check the rights") from error
    if head == b"PAR1":
        return "parquet"
    if file.suffix.lower() in _PARQUET:
        got = "an empty file" if not head else "another kind of file"
        raise FileError(f"{file.name} is not readable as Parquet", got=f"{got} (no PAR1 at byte 0)")
    if head.startswith(b"PK\x03\x04"):
        raise FileError(f"{file.name} is a workbook or zip file", do="save the sheet as CSV")
    return "text"


def _parquet_names(files: list[Path], rules: DataRules) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names: dict[str, None] = {}
    rows = 0
    for file in files:
        try:
            meta = pq.read_metadata(file)
        except (pa.ArrowException, OSError) as error:
            raise FileError(
                f"{file.name} is not readable as Parquet",
                got=_first_line(error),
                do="it was cut off or damaged",
            ) from error
        rows += meta.num_rows
        names |= dict.fromkeys(meta.schema.to_arrow_schema().names)
    _check_width(len(names), rules, files[0].name)
    if not rows:
        raise FileError(f"no rows in {files[0].name}", got=f"columns: {', '.join([*names][:20])}")
    return list(names)


def _check_width(width: int, rules: DataRules, label: str) -> None:
    if width > rules.max_columns:
        raise InputError(
            f"too many columns in {label}", got=f"{width:,}", do=f"at most {rules.max_columns:,} are read"
        )


def _open_text(
    files: list[Path], engine: Engine, rules: DataRules, wanted: list[str], folder: Path
) -> Source:
    import narwhals as nw

    spooled, bad, notes = [], [], []
    names: list[str] = []
    for number, file in enumerate(files):
        text = inspect_text(file, rules, wanted, folder)
        if names and text.names != names:
            raise ColumnError(
                f"{file.name} has other columns than {files[0].name}", got=", ".join(text.names[:20])
            )
        names = text.names
        notes += [(file.name, f"encoding {text.encoding}"), (file.name, f"delimiter {text.delimiter!r}")]
        # Several files keep their names apart by a folder each, so that FILE is what the user knows.
        target = folder / str(number) / f"{file.name}"
        target.parent.mkdir()
        rejected = spool_csv(
            text.path,
            target,
            columns=len(names),
            delimiter=text.delimiter,
            blanks=text.blanks,
        )
        bad += [(file.name, row) for row in rejected]
        spooled.append(str(target))
    frame = engine.read_parquet(spooled)
    if bad:
        frame = frame.with_columns(nw.coalesce(nw.col(LINE), nw.col(ROW)).alias(ROW)).drop(LINE)
    columns = [(name, f"c{number}") for number, name in enumerate(names)]
    label = files[0].name if len(files) == 1 else f"{len(files)} files"
    return Source(frame, columns, label, temporary=True, bad_rows=bad, notes=tuple(dict.fromkeys(notes)))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
