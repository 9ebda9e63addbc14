"""Forget a customer: in files of every kind, manifests, tracked artifacts and tables, with a record of it.

What is rewritten is replaced atomically, file by file; the same command run again after a failure goes on
where it stopped. The record holds a salted, slow hash of the id: who asks later whether somebody was
forgotten can check that id, and nobody can read the ids from the record.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from crm_ml.base.exceptions import ConfigError, FileError
from crm_ml.base.files import sha256_of, write_bytes, write_text
from crm_ml.jobs.config import ForgetConfig
from crm_ml.jobs.erase_file import Erased, erase_file
from crm_ml.reporting.erasing.person import Person

__all__ = ["RECORD", "ForgetResult", "forget", "was_forgotten"]

#: The file below the folder that says what was forgotten, one JSON line a time.
RECORD = "forgotten.jsonl"
_MANIFEST = ".manifest.json"
_BUNDLE = "manifest.json"
_SCRYPT: Mapping[str, int] = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


@dataclass(frozen=True)
class ForgetResult:
    """What became of every place that held the customer.

    Parameters
    ----------
    erased : tuple of Erased
    dry_run : bool
        Whether nothing was changed.
    """

    erased: tuple[Erased, ...]
    dry_run: bool = False

    @property
    def complete(self) -> bool:
        """Whether nothing is left for a person to do."""
        return all(one.action != "left" for one in self.erased)

    def __str__(self) -> str:
        if not self.erased:
            return "the customer was found nowhere"
        head = ["nothing was changed (dry run):"] if self.dry_run else []
        return "\n".join([*head, *map(str, self.erased)])


def forget(customer_id: str, config: ForgetConfig, *, dry_run: bool = False) -> ForgetResult:
    """Take a customer out of everything below a folder, and out of the places that the config names.

    Parameters
    ----------
    customer_id : str
        As written in the outputs.
    config : ForgetConfig
        Folder, columns that hold ids, tracking store, tables.
    dry_run : bool
        Only say what would be done; no record is written.

    Raises
    ------
    ConfigError, FileError
        When no folder is named, or it does not exist.
    InputError
        When the id is empty, or a table cannot be reached.
    """
    if not config.folder:
        raise ConfigError("no folder is named", do="give --in the folder of the outputs")
    root = Path(config.folder)
    if not root.is_dir():
        raise FileError("there is no such folder", got=str(root), do="give --in the folder of the outputs")
    person = Person(customer_id, ("customer_id", *config.columns))
    edit = partial(_edit, person, dry_run)
    erased = [*_in_files(root, edit), *_in_tables(config, person, dry_run)]
    if config.tracking.store:
        from crm_ml.tracking.erasure import edit_artifacts

        erased += edit_artifacts(config.tracking.store, edit)
    result = ForgetResult(tuple(erased), dry_run)
    if not dry_run:
        _renew_manifests(root)
        _record(root / RECORD, customer_id, result)
    return result


def was_forgotten(customer_id: str, record: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Return the entries of a record that are about a customer."""
    try:
        lines = Path(record).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise FileError("the record cannot be read", got=str(record)) from error
    entries = [json.loads(line) for line in lines]
    return [one for one in entries if _hashed(customer_id, one["salt"]) == one["id_scrypt"]]


def _edit(person: Person, dry_run: bool, path: Path, place: str, fixed: str) -> Erased | None:
    """Take the customer out of a file, or say that it is there where the file has to stay as it is."""
    found = erase_file(path, person, place, dry_run=dry_run or bool(fixed))
    return Erased(place, "left", note=fixed) if found and fixed else found


def _in_files(root: Path, edit: Callable[[Path, str, str], Erased | None]) -> Iterator[Erased]:
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or not path.is_file() or path == root / RECORD:
            continue
        fixed = "part of a bundle: train again without the customer" if _in_bundle(path, root) else ""
        found = edit(path, path.relative_to(root).as_posix(), fixed)
        if found:
            yield found


def _in_bundle(path: Path, root: Path) -> bool:
    above = (folder for folder in path.parents if folder.is_relative_to(root))
    return any((folder / _BUNDLE).is_file() for folder in above)


def _in_tables(config: ForgetConfig, person: Person, dry_run: bool) -> Iterator[Erased]:
    for table in config.tables:
        from crm_ml.reporting.erasing.database import erase_from_table

        removed = erase_from_table(table.url.get_secret_value(), table.name, person, dry_run=dry_run)
        if removed:
            yield Erased(f"table {table.name}", "rewritten", removed)


def _renew_manifests(root: Path) -> None:
    """Let the manifests of lists tell the truth about the files that were rewritten or deleted."""
    for path in sorted(root.rglob(f"*{_MANIFEST}")):
        content = json.loads(path.read_text(encoding="utf-8"))
        files = {name: path.parent / name for name in content.get("files", {})}
        present = {name: sha256_of(file) for name, file in files.items() if file.is_file()}
        if present != content.get("files", {}):
            content["files"] = present
            if "customers" in content:
                content["customers"] -= 1
            write_text(path, json.dumps(content, indent=1, sort_keys=True) + "\n")


def _record(path: Path, customer_id: str, result: ForgetResult) -> None:
    salt = secrets.token_hex(16)
    places = [{name: one for name, one in asdict(entry).items() if one} for entry in result.erased]
    entry = {
        "id_scrypt": _hashed(customer_id, salt),
        "salt": salt,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "counts": dict(Counter(one.action for one in result.erased)),
        "places": places,
    }
    before = path.read_bytes() if path.exists() else b""
    write_bytes(path, before + json.dumps(entry, ensure_ascii=False).encode() + b"\n")


def _hashed(customer_id: str, salt: str) -> str:
    return hashlib.scrypt(customer_id.encode(), salt=bytes.fromhex(salt), **_SCRYPT).hex()
