"""The bundle: a folder of arrays and JSON that holds everything a prediction needs.

It is portable (no absolute path), opened without MLflow, runs no code on loading, and refuses to open
when a file was changed, removed or added after export. Its version is derived from its content, so the
same training gives the same name and the same bytes.

::

    crm-1998-07-01-1a2b3c4d/
        manifest.json     format number, version, SHA-256 of every other file
        facts.json        what was trained, on what, for whom: tasks, features, mapping, settings, card
        evidence.json     comparisons on later data
        lifetime_value.json
        models/<task>/<technique>/   parts of one fitted model (arrays and JSON)
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crm_ml.base.exceptions import BundleError
from crm_ml.base.files import sha256_of
from crm_ml.base.notes import restored, stored
from crm_ml.models.parts import Parts

__all__ = ["FORMAT", "Bundle", "check_owner", "read_bundle", "read_manifest", "settings_of", "write_bundle"]

FORMAT = 1
_MANIFEST = "manifest.json"
_SAFE = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Bundle:
    """The content of a bundle in memory.

    Parameters
    ----------
    facts : mapping
        JSON: cutoff, horizon_days, tasks, features, mapping, settings, bands, card, fingerprint, versions.
    models : mapping
        ``(task, technique) -> Parts``.
    evidence : tuple of mapping
        One comparison a task, as ``Comparison.to_dict`` gives it.
    lifetime_value : mapping, optional
        ``LifetimeValue.to_dict()``; None where no such model could be fitted.
    version : str
        Derived from the content when written; empty before.
    """

    facts: Mapping[str, Any]
    models: Mapping[tuple[str, str], Parts] = field(default_factory=dict)
    evidence: tuple[Mapping[str, Any], ...] = ()
    lifetime_value: Mapping[str, Any] | None = None
    version: str = ""


def write_bundle(bundle: Bundle, parent: str | os.PathLike[str]) -> Path:
    """Write a bundle into a new folder below `parent` and return that folder.

    The folder appears under its name only when it is complete. Writing the same bundle twice leaves
    the first one.
    """
    parent = Path(parent)
    parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".crm-", dir=parent))
    try:
        staging.chmod(0o755)
        _write_content(bundle, staging)
        version, files = _version_of(bundle, staging)
        _write_json(staging / _MANIFEST, {"format": FORMAT, "version": version, "files": files})
        target = parent / version
        if target.exists():
            read_manifest(target)  # the name is derived from the content: either equal, or damaged
        else:
            staging.rename(target)
        return target
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def read_bundle(folder: str | os.PathLike[str]) -> Bundle:
    """Verify and open a bundle.

    Raises
    ------
    BundleError
        When the folder is no bundle, has an unknown format number, or does not match its manifest.
    """
    root = Path(folder)
    manifest = read_manifest(root)
    facts = restored(_read_json(root / "facts.json"))
    lifetime_value = root / "lifetime_value.json"
    return Bundle(
        facts=facts,
        models={(task, name): Parts.load(place) for task, name, place in _model_folders(root)},
        evidence=tuple(restored(_read_json(root / "evidence.json"))),
        lifetime_value=_read_json(lifetime_value) if lifetime_value.exists() else None,
        version=str(manifest["version"]),
    )


def check_owner(bundle: Bundle) -> None:
    """Refuse a bundle that nobody answers for.

    Raises
    ------
    BundleError
        When its card names no owner.
    """
    if not bundle.facts.get("card", {}).get("owner"):
        raise BundleError(
            "the bundle has no owner", do="train it with card.owner set: somebody must answer for it"
        )


def settings_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as they were before JSON made lists of their tuples.

    Examples
    --------
    >>> settings_of({"index_limits": [0.5, 2.0], "min_purchase_days": 3})
    {'index_limits': (0.5, 2.0), 'min_purchase_days': 3}
    """
    return {name: tuple(one) if isinstance(one, list) else one for name, one in stored.items()}


def read_manifest(folder: str | os.PathLike[str]) -> Mapping[str, Any]:
    """Return the manifest of a bundle after checking every file against it."""
    root = Path(folder)
    if not (root / _MANIFEST).is_file():
        raise BundleError("not a bundle", got=str(root), do="give the folder that `crm-ml train` printed")
    manifest = _read_json(root / _MANIFEST)
    if manifest.get("format") != FORMAT:
        raise BundleError(
            "unknown bundle format",
            got=repr(manifest.get("format")),
            do=f"this version reads format {FORMAT}",
        )
    _verify(root, manifest["files"])
    return manifest  # type: ignore[no-any-return]


def _write_content(bundle: Bundle, root: Path) -> None:
    _write_json(root / "facts.json", stored(bundle.facts))
    _write_json(root / "evidence.json", stored(list(bundle.evidence)))
    if bundle.lifetime_value is not None:
        _write_json(root / "lifetime_value.json", bundle.lifetime_value)
    for (task, name), parts in sorted(bundle.models.items()):
        if not (_SAFE.fullmatch(task) and _SAFE.fullmatch(name)):
            raise BundleError("a task and a technique are lower-case words", got=f"{task}/{name}")
        parts.save(root / "models" / task / name)


def _version_of(bundle: Bundle, root: Path) -> tuple[str, dict[str, str]]:
    files = {path.relative_to(root).as_posix(): sha256_of(path) for path in _files(root)}
    content = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    return f"crm-{bundle.facts['cutoff']}-{content[:8]}", files


def _verify(root: Path, files: Mapping[str, str]) -> None:
    found = {path.relative_to(root).as_posix() for path in _files(root)} - {_MANIFEST}
    problems = [f"{name} is missing" for name in sorted(set(files) - found)]
    problems += [f"{name} is not in the manifest" for name in sorted(found - set(files))]
    problems += [
        f"{name} was changed" for name in sorted(found & set(files)) if sha256_of(root / name) != files[name]
    ]
    if problems:
        raise BundleError(
            "the bundle does not match its manifest", got="; ".join(problems), do="export it again"
        )


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            raise BundleError("a bundle holds no links", got=str(path.relative_to(root)))
        if path.is_file():
            yield path


def _model_folders(root: Path) -> Iterator[tuple[str, str, Path]]:
    for task in sorted((root / "models").glob("*")):
        for place in sorted(task.glob("*")):
            yield task.name, place.name, place


def _write_json(path: Path, content: Any) -> None:
    path.write_text(
        json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n", "utf-8"
    )


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"{path.name} is not readable", got=str(error)) from error
