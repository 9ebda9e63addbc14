"""The reference of all config options, from the same classes that check them."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from crm_ml.jobs.config import CONFIGS
from crm_ml.jobs.config_file import annotations_of, section_in

__all__ = ["Option", "config_as_markdown", "options"]

_NAMES = re.compile(r"^(\w+(?:, \w+)*) :")


@dataclass(frozen=True)
class Option:
    """One key of a config.

    Parameters
    ----------
    key : str
        Dotted place, such as ``data.rules.delimiter``.
    default : str
        As written in YAML.
    meaning : str
        What it does.
    """

    key: str
    default: str
    meaning: str


def options(kind: type[Any], prefix: str = "") -> Iterator[Option]:
    """Yield every option of a config class, sections opened up.

    Examples
    --------
    >>> from crm_ml.jobs.sections import CardSection
    >>> next(options(CardSection))
    Option(key='owner', default='""', meaning='who answers for it')
    """
    meanings = _meanings(kind)
    for name, annotation in annotations_of(kind).items():
        section = section_in(annotation)
        if section is None:
            yield Option(prefix + name, _default(kind, name), meanings.get(name, ""))
        else:
            yield from options(section, f"{prefix}{name}.")


def config_as_markdown() -> str:
    """Return the table of ``docs/reference/config.md``: every option once, with the jobs that know it."""
    jobs: dict[Option, list[str]] = {}
    for job, kind in CONFIGS.items():
        for one in options(kind):
            jobs.setdefault(one, []).append(job)
    head = ["| key | default | meaning | jobs |", "|---|---|---|---|"]
    rows = [
        f"| `{one.key}` | `{one.default}` | {one.meaning} | {', '.join(users)} |"
        for one, users in sorted(jobs.items(), key=lambda item: item[0].key)
    ]
    return "\n".join(head + rows)


def _meanings(kind: type[Any]) -> dict[str, str]:
    """Return what each option means: a field's description, or the docstring of a settings dataclass."""
    if issubclass(kind, BaseModel):
        return {name: _cell(one.description or "") for name, one in kind.model_fields.items()}
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in inspect.getdoc(kind).splitlines() if kind.__doc__ else ():  # type: ignore[union-attr]
        match = _NAMES.match(line)
        if match:
            names = match[1].split(", ")
        elif line and not line.startswith(" "):
            names = []
        for name in names if not match else ():
            found.setdefault(name, []).append(line.strip())
    return {name: _cell(" ".join(lines)) for name, lines in found.items()}


def _default(kind: type[Any], name: str) -> str:
    if issubclass(kind, BaseModel):
        value = kind.model_fields[name].get_default(call_default_factory=True)
        if kind.model_fields[name].is_required():
            return "required"
    else:
        field = next(one for one in dataclasses.fields(kind) if one.name == name)
        value = field.default_factory() if callable(field.default_factory) else field.default
    return json.dumps(value, default=str, ensure_ascii=False).replace("|", "\\|")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").strip()
