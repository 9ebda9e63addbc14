"""From a YAML file to a config, with every problem named by file, line and key."""

from __future__ import annotations

import dataclasses
import os
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from crm_ml.base.exceptions import ConfigError
from crm_ml.base.validation import nearest
from crm_ml.jobs.config import CONFIGS
from crm_ml.jobs.sections import Section
from crm_ml.jobs.yaml_text import Key, YamlText, read_yaml

__all__ = ["annotations_of", "load_config", "section_in"]

Config = TypeVar("Config", bound=Section)
_UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")


def load_config(
    path: str | os.PathLike[str] | None, kind: type[Config], overrides: Mapping[str, Any] | None = None
) -> Config:
    """Read a config file and let arguments of the command line win over it.

    Parameters
    ----------
    path : path or None
        YAML file; None starts from the defaults.
    kind : type
        Which config: `TrainConfig`, `ScoreConfig` …
    overrides : mapping, optional
        Dotted keys such as ``{"data.path": "orders.csv"}``; None values are left out.

    Raises
    ------
    FileError
        When the file cannot be read.
    ConfigError
        When it is wrong; the message lists every problem with its line.

    Examples
    --------
    >>> from crm_ml.jobs.config import ScoreConfig
    >>> load_config(None, ScoreConfig, {"data.path": "orders.csv", "bundle": None}).data.path
    'orders.csv'
    """
    source = YamlText(Path("options")) if path is None else read_yaml(path)
    values = {key: one for key, one in source.values.items() if not _of_another_job(key, kind)}
    for dotted, value in (overrides or {}).items():
        if value is not None:
            _put(values, dotted.split("."), value)
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problems = [_problem(one, kind, source) for one in error.errors(include_url=False)]
        raise ConfigError.collected(problems, what=f"{source.path} is not a valid config") from error


def _of_another_job(key: str, kind: type[Section]) -> bool:
    others = {name for one in CONFIGS.values() for name in one.model_fields}
    return key in others and key not in kind.model_fields


def _put(values: dict[str, Any], place: list[str], value: Any) -> None:
    *around, last = place
    for key in around:
        inner = values.get(key)
        values[key] = dict(inner) if isinstance(inner, dict) else {}
        values = values[key]
    values[last] = value


def _problem(error: ErrorDetails, kind: type[Section], source: YamlText) -> str:
    place = tuple(error["loc"])
    line = f"line {source.line_of(place)}: " if source.lines else ""
    name = ".".join(str(part) for part in place)
    if error["type"] in _UNKNOWN_KEY:
        known = _keys_at(kind, place[:-1])
        near = nearest(str(place[-1]), known, most=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        return f"{line}unknown key {name!r}, {hint}"
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing":
        return f"{line}{name} is missing"
    choices = error.get("ctx", {}).get("expected", "") if error["type"] == "literal_error" else ""
    near = nearest(str(error["input"]), choices.replace("'", "").replace(" or ", ", ").split(", "), most=1)
    hint = f", did you mean {near[0]!r}?" if near and choices else ""
    given = f" (got {error['input']!r})" if isinstance(error["input"], str | int | float) else ""
    return f"{line}{name or 'the whole'}: {message[:1].lower()}{message[1:]}{given}{hint}"


def _keys_at(kind: type[Any], place: Key) -> list[str]:
    """Return the keys that are known at a place, by walking the annotations."""
    section: type[Any] | None = kind
    for part in place:
        if isinstance(part, str):
            section = section_in(annotations_of(section).get(part))
    return list(annotations_of(section))


def annotations_of(kind: type[Any] | None) -> dict[str, Any]:
    """Return the keys of a config class or settings dataclass, and what each may hold."""
    if kind is None:
        return {}
    if issubclass(kind, BaseModel):
        return {name: one.annotation for name, one in kind.model_fields.items()}
    names = {one.name for one in dataclasses.fields(kind)}
    return {name: one for name, one in typing.get_type_hints(kind).items() if name in names}


def section_in(annotation: Any) -> type[Any] | None:
    """Return the model or dataclass inside an annotation such as ``tuple[ExtraTable, ...] | None``."""
    if isinstance(annotation, type) and (
        issubclass(annotation, BaseModel) or dataclasses.is_dataclass(annotation)
    ):
        return annotation
    inner = (section_in(one) for one in typing.get_args(annotation))
    return next((one for one in inner if one is not None), None)
