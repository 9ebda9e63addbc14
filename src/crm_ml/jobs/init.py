"""A first config for a file that nobody described yet: a proposal to read and correct."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from crm_ml.base.exceptions import FileError
from crm_ml.base.files import write_text

__all__ = ["InitResult", "init"]


@dataclass(frozen=True)
class InitResult:
    """The config that was written, and what to check in it."""

    path: Path
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(f"- {note}" for note in self.notes)


def init(data: str, out: str | os.PathLike[str]) -> InitResult:
    """Propose a column mapping and a horizon for a transaction table and write them as a config.

    Parameters
    ----------
    data : str
        File, glob or folder.
    out : path
        The config to write; it must not exist yet, since somebody may have corrected it.

    Raises
    ------
    FileError
        When `out` exists or `data` cannot be read.
    """
    from crm_ml.data.proposal import propose_mapping

    path = Path(out)
    if path.exists():
        raise FileError(
            "the config exists already", got=str(path), do="choose another name, or remove it first"
        )
    proposal = propose_mapping(data)
    values = {"data": {"path": data, **proposal.mapping}, "horizon_days": proposal.horizon_days}
    write_text(path, _as_yaml(values, proposal.notes))
    return InitResult(path, tuple(proposal.notes))


def _as_yaml(values: dict[str, Any], notes: tuple[str, ...]) -> str:
    head = ["Proposed by `crm-ml init`: check every line; `crm-ml schema config` lists all options.", *notes]
    comments = [f"# {' '.join(line.split())}" for line in head]
    return "\n".join(comments) + "\n" + yaml.safe_dump(_escaped(values), sort_keys=False, allow_unicode=True)


def _escaped(value: Any) -> Any:
    # A column may be called "${total}"; in a config that would be an environment variable.
    if isinstance(value, dict):
        return {key: _escaped(one) for key, one in value.items()}
    return value.replace("${", "$${") if isinstance(value, str) else value
