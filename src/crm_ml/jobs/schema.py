"""The formats that others rely on, as JSON: configs, the bundle, the risk list."""

from __future__ import annotations

from typing import Any, Literal

__all__ = ["SUBJECTS", "Subject", "schema"]

Subject = Literal["config", "bundle", "risk-list"]
SUBJECTS: tuple[Subject, ...] = ("config", "bundle", "risk-list")


def schema(subject: Subject) -> dict[str, Any]:
    """Return the description of a format.

    Parameters
    ----------
    subject : {"config", "bundle", "risk-list"}
        config and bundle: JSON Schema; risk-list: its columns in their stable order.

    Examples
    --------
    >>> schema("risk-list")["columns"][0]["name"]
    'rank'
    """
    makers = {"config": _configs, "bundle": _bundle, "risk-list": _risk_list}
    return makers[subject]()


def _configs() -> dict[str, Any]:
    from crm_ml.jobs.config import CONFIGS

    return {job: config.model_json_schema() for job, config in CONFIGS.items()}


def _bundle() -> dict[str, Any]:
    from crm_ml.prediction.bundle import FORMAT

    files = {
        "type": "object",
        "description": "SHA-256 of every file but this one, by its path in the folder",
        "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    }
    return {
        "title": "manifest.json",
        "type": "object",
        "required": ["format", "version", "files"],
        "properties": {
            "format": {"const": FORMAT},
            "version": {"type": "string", "description": "made from the content; the name of the folder"},
            "files": files,
        },
        "additionalProperties": False,
    }


def _risk_list() -> dict[str, Any]:
    from crm_ml.prediction.columns import RISK_LIST

    columns = [
        {
            "name": column.name,
            "kind": column.kind,
            "label": column.label("en"),
            "meaning": column.meaning("en"),
        }
        for column in RISK_LIST
    ]
    return {"title": "risk list", "columns": columns}
