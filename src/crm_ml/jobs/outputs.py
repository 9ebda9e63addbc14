"""The files of one job, written together: all of them complete, then put in place one after another.

Every file is written and synced in a hidden folder beside its place. Only when the last one is complete does
the first get its name: renaming takes microseconds and cannot run out of space. A single file is therefore
always the old one or the new one. Of several files a kill between two renames can leave some new and some
old; a manifest with the SHA-256 of each is put in place last, so that a reader can tell, and the same command
run again makes them all new.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from crm_ml.base.files import sha256_of, write_text
from crm_ml.jobs.refused_rows import check_folder

__all__ = ["manifest_path", "written_together"]

_PREFIX = ".crm_ml-"


def manifest_path(first: Path) -> Path:
    """Return where the manifest of several files stands: beside the first one.

    Examples
    --------
    >>> manifest_path(Path("lists/risk_list.csv")).name
    'risk_list.manifest.json'
    """
    return first.with_name(f"{first.stem}.manifest.json")


@contextmanager
def written_together(targets: Sequence[Path], about: Mapping[str, Any]) -> Iterator[list[Path]]:
    """Give a temporary name for every target; put all in place when the block ends without an error.

    Parameters
    ----------
    targets : sequence of Path
        Files that readers see.
    about : mapping
        What the manifest of several files says beside their hashes; plain values without a clock.

    Yields
    ------
    list of Path
        Where to write, in the order of `targets`, with the same suffixes.
    """
    with ExitStack() as stack:
        staged = [stack.enter_context(_staging(one.parent)) / one.name for one in targets]
        yield staged
        places = list(zip(staged, targets, strict=True))
        if len(targets) > 1:
            manifest = manifest_path(targets[0])
            places.append((staged[0].with_name(manifest.name), manifest))
            _write_manifest(places[-1][0], staged, targets, about)
        for new, target in places:
            new.replace(target)
        for folder in {target.parent for target in targets}:
            _sync(folder)


def _write_manifest(
    path: Path, staged: Sequence[Path], targets: Sequence[Path], about: Mapping[str, Any]
) -> None:
    parts = zip(staged, targets, strict=True)
    home = targets[0].parent
    files = {os.path.relpath(target, home): sha256_of(new) for new, target in parts}
    write_text(path, json.dumps({**about, "files": files}, indent=1, sort_keys=True, default=str) + "\n")


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """Make a hidden folder beside the output; clear away those of jobs that were killed."""
    check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_PREFIX}{socket.gethostname()}-*-*"):
        if not _runs(left.name.rsplit("-", 2)[1]):
            shutil.rmtree(left, ignore_errors=True)
    prefix = f"{_PREFIX}{socket.gethostname()}-{os.getpid()}-"
    staging = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _runs(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError):
        return True  # somebody else's, or not ours to judge
    return True


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
