"""Refused rows beside the output of a job: only when it succeeds, and only when there are any."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crm_ml.base.exceptions import FileError
from crm_ml.base.files import atomic_path

__all__ = ["check_folder", "refused_rows"]


@contextmanager
def refused_rows(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary file for refused rows; at the end of a job that went well it becomes `target`.

    A job that stops leaves nothing behind. Without refused rows nothing is written either, but an older
    `target` is emptied, since it speaks of other data.

    Parameters
    ----------
    target : path
        The ``.csv`` or ``.parquet`` file that a user looks for.

    Yields
    ------
    Path
        Where to write, with the same suffix.

    Raises
    ------
    FileError
        When the folder of `target` cannot be one: before any work is done.
    """
    target = Path(target)
    check_folder(target.parent)
    with tempfile.TemporaryDirectory(prefix="crm_ml-") as folder:
        place = Path(folder) / f"refused{target.suffix}"
        yield place
        if place.exists() and (target.exists() or _has_rows(place)):
            with atomic_path(target) as path:
                shutil.copyfile(place, path)


def check_folder(folder: str | os.PathLike[str]) -> None:
    """Refuse a folder that cannot be made or written to, so that nobody waits for a job in vain.

    Raises
    ------
    FileError
        When a part of its path is a file.
    PermissionError
        When its nearest existing part may not be written to.

    Examples
    --------
    >>> check_folder(tempfile.gettempdir())
    """
    nearest = next(one for one in (Path(folder), *Path(folder).absolute().parents) if one.exists())
    if not nearest.is_dir():
        raise FileError(
            "the output folder is a file", got=str(nearest), do="choose another folder, or move the file"
        )
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(13, "the output folder may not be written to", str(nearest))


def _has_rows(place: Path) -> bool:
    if place.suffix == ".parquet":
        import pyarrow.parquet as pq

        return bool(pq.read_metadata(place).num_rows)
    with place.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines, None)
        return next(lines, None) is not None
