"""Files that are either the old ones or the new ones, never a mixture."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["atomic_path", "sha256_of", "write_bytes", "write_text"]


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary name beside `target`; on success it is synced and renamed onto it.

    On an exception the temporary file is removed and `target` stays as it was.

    Parameters
    ----------
    target : path
        The file that readers see.

    Yields
    ------
    Path
        Where to write; it has the same suffix as `target`.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic_path(folder / "list.csv") as path:
    ...     _ = path.write_text("rank")
    >>> (folder / "list.csv").read_text()
    'rank'
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    path = Path(name)
    try:
        yield path
        _sync(path)
        path.chmod(0o666 & ~_umask())
        path.replace(target)
        _sync(target.parent)
    finally:
        path.unlink(missing_ok=True)


def write_text(target: str | os.PathLike[str], text: str) -> Path:
    """Write UTF-8 text atomically; return the path."""
    return write_bytes(target, text.encode("utf-8"))


def write_bytes(target: str | os.PathLike[str], content: bytes) -> Path:
    """Write bytes atomically; return the path."""
    with atomic_path(target) as path:
        path.write_bytes(content)
    return Path(target)


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the hexadecimal SHA-256 of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    # The mask can only be read by setting it; mkstemp makes files private, exports are not.
    mask = os.umask(0)
    os.umask(mask)
    return mask
