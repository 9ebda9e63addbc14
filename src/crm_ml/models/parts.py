"""A fitted model as data: numbers, texts and settings in a folder, nothing to unpickle."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.base.files import atomic_path, write_text

__all__ = ["Parts"]

_FORMAT = 1
_INDEX = "parts.json"
# Names become file names, on systems that fold case too: one spelling, no separators, no dots.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")


@dataclass(frozen=True)
class Parts:
    """Everything that a fitted model needs to predict.

    Parameters
    ----------
    kind : str
        Which technique reads these parts, such as ``"decision_tree"``.
    settings : mapping
        Values that JSON can hold.
    arrays : mapping of str to ndarray
        Numbers and booleans only; names are lower-case identifiers.
    texts : mapping of str to str
        Such as the native text of LightGBM.
    children : mapping of str to Parts
        The parts of the models inside a composed model.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> parts = Parts("linear", {"link": "log"}, {"weights": np.array([0.5, 2.0])})
    >>> Parts.load(parts.save(folder)).arrays["weights"]
    array([0.5, 2. ])
    """

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    children: Mapping[str, Parts] = field(default_factory=dict)

    def save(self, folder: str | Path) -> Path:
        """Write one JSON file, one ``.npy`` an array, one ``.txt`` a text and one folder a child.

        The same parts give the same bytes.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        InputError
            When a name cannot be a file name or a setting cannot be JSON.
        """
        folder = Path(folder)
        _check_names([*self.arrays, *self.texts, *self.children], error=InputError)
        for name, array in sorted(self.arrays.items()):
            with atomic_path(folder / f"{name}.npy") as path, path.open("wb") as file:
                np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        for name, text in sorted(self.texts.items()):
            write_text(folder / f"{name}.txt", text)
        for name, child in sorted(self.children.items()):
            child.save(folder / name)
        write_text(folder / _INDEX, self._index())
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Parts:
        """Read what `save` wrote.

        Raises
        ------
        BundleError
            When a file is missing, damaged, or of an unknown format.
        """
        folder = Path(folder)
        index = _read_index(folder / _INDEX)
        return cls(
            kind=index["kind"],
            settings=index["settings"],
            arrays={name: _read_array(folder / f"{name}.npy") for name in index["arrays"]},
            texts={name: _read_text(folder / f"{name}.txt") for name in index["texts"]},
            children={name: cls.load(folder / name) for name in index["children"]},
        )

    def _index(self) -> str:
        index = {
            "format": _FORMAT,
            "kind": self.kind,
            "settings": self.settings,
            "arrays": sorted(self.arrays),
            "texts": sorted(self.texts),
            "children": sorted(self.children),
        }
        try:
            return json.dumps(index, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"
        except (TypeError, ValueError) as error:
            raise InputError(f"a setting of {self.kind!r} cannot be written as JSON", got=error) from error


def _read_index(path: Path) -> dict[str, Any]:
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundleError("a model folder has no index", got=f"no {path.name} in {path.parent}") from error
    except ValueError as error:
        raise BundleError("the index of a model is damaged", got=error) from error
    if not isinstance(index, dict) or index.get("format") != _FORMAT:
        found = index.get("format") if isinstance(index, dict) else type(index).__name__
        raise BundleError(f"the model format must be {_FORMAT}", got=found, do="export it again")
    if not (isinstance(index.get("kind"), str) and isinstance(index.get("settings"), dict)):
        raise BundleError("the index of a model lacks its kind or settings", got=sorted(index))
    for key in ("arrays", "texts", "children"):
        _check_names(index.get(key, ()), error=BundleError)
    return index


def _check_names(names: Iterable[str], *, error: type[InputError | BundleError]) -> None:
    bad = [name for name in names if not (isinstance(name, str) and _NAME.fullmatch(name))]
    if bad:
        raise error("names of parts are lower-case identifiers", got=bad)


def _read_array(path: Path) -> npt.NDArray[Any]:
    try:
        array: npt.NDArray[Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BundleError(f"an array of a model cannot be read: {path.name}", got=error) from error
    return array


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, ValueError) as error:
        raise BundleError(f"a text of a model cannot be read: {path.name}", got=error) from error
