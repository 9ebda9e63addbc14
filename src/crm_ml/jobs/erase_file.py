"""One file without one customer: rewritten where its kind is known, deleted or left where not."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crm_ml.base.files import atomic_path
from crm_ml.reporting.erasing.page import erase_from_page
from crm_ml.reporting.erasing.person import Person
from crm_ml.reporting.erasing.tables import erase_from_csv, erase_from_json_lines, erase_from_parquet
from crm_ml.reporting.erasing.workbook import erase_from_workbook

__all__ = ["Erased", "erase_file"]

_Eraser = Callable[[Path, Path, Person], int]
_ERASERS: dict[str, _Eraser] = {
    ".csv": erase_from_csv,
    ".csv.gz": erase_from_csv,
    ".parquet": erase_from_parquet,
    ".xlsx": erase_from_workbook,
    ".html": erase_from_page,
    ".jsonl": erase_from_json_lines,
}
_TEXTS = (".json", ".txt", ".md", ".log", ".yaml", ".yml", ".svg", ".xml", ".tsv")


@dataclass(frozen=True)
class Erased:
    """What became of one place.

    Parameters
    ----------
    place : str
        File, artifact or table.
    action : {"rewritten", "deleted", "left"}
        ``left``: a person has to look.
    entries : int
        Rows that were taken out.
    note : str
        Why it was deleted or left.
    """

    place: str
    action: Literal["rewritten", "deleted", "left"]
    entries: int = 0
    note: str = ""

    def __str__(self) -> str:
        rows = f", {self.entries:,} row{'s' if self.entries != 1 else ''}" if self.entries else ""
        return f"{self.action}: {self.place}{rows}{f' ({self.note})' if self.note else ''}"


def erase_file(path: Path, person: Person, place: str, *, dry_run: bool = False) -> Erased | None:
    """Take a customer out of one file; None where there was nothing.

    Parameters
    ----------
    path : path
        The file; replaced atomically.
    person : Person
    place : str
        How to call the file in the result.
    dry_run : bool
        Only say what would be done.
    """
    name = path.name.lower()
    kind = next((one for one in sorted(_ERASERS, key=len, reverse=True) if name.endswith(one)), "")
    if not kind:
        return _other(path, person, place, dry_run)
    try:
        removed, left = _rewrite(path, kind, person, dry_run)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:  # not what its name says
        if not _in_bytes(path, person):
            return None
        return _gone(path, place, f"it cannot be rewritten: {type(error).__name__}", dry_run)
    if left:
        return _gone(path, place, "the id stands outside its rows", dry_run)
    return Erased(place, "rewritten", removed) if removed else None


def _rewrite(path: Path, kind: str, person: Person, dry_run: bool) -> tuple[int, bool]:
    """Replace a file by itself without the customer; return rows taken out, and whether the id is left."""
    mode = path.stat().st_mode
    try:
        with atomic_path(path) as new:
            removed = _ERASERS[kind](path, new, person)
            left = _stands_elsewhere(new, kind, person)
            if dry_run or left or not removed:
                raise _Untouched
    except _Untouched:
        return removed, left
    path.chmod(mode)
    return removed, False


class _Untouched(Exception):  # noqa: N818  (no error: the file stays)
    pass


def _other(path: Path, person: Person, place: str, dry_run: bool) -> Erased | None:
    if not _in_bytes(path, person):
        return None
    if path.suffix.lower() in _TEXTS:
        return _gone(path, place, "this kind of file is not rewritten", dry_run)
    return Erased(place, "left", note="the id stands in a kind of file that is not known")


def _gone(path: Path, place: str, why: str, dry_run: bool) -> Erased:
    if not dry_run:
        path.unlink()
    return Erased(place, "deleted", note=why)


def _stands_elsewhere(path: Path, kind: str, person: Person) -> bool:
    """Whether the id stands in the free text of a page or workbook; rows of tables were looked at each."""
    if kind == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return any(person.mentioned_in_bytes(book.read(name)) for name in book.namelist())
    return kind == ".html" and _in_bytes(path, person)


def _in_bytes(path: Path, person: Person) -> bool:
    """Search a file in parts that overlap, so that its size does not matter."""
    overlap = 6 * len(person.id.encode()) + 16
    with path.open("rb") as file:
        before = b""
        while part := file.read(1 << 22):
            if person.mentioned_in_bytes(before + part):
                return True
            before = part[-overlap:]
    return False
