"""The OpenAPI document: every operation with the problems that it may answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from crm_ml.web.errors import MEDIA_TYPE
from crm_ml.web.keys import OPEN_PATHS
from crm_ml.web.schemas import ProblemDetails

__all__ = ["document"]

_ALWAYS = (400, 404, 405, 408, 413, 415, 421, 422, 429, 503)
_OF_PAGES = (410,)
_SCHEMA = {"$ref": "#/components/schemas/ProblemDetails"}


def document(app: FastAPI, *, with_keys: bool) -> dict[str, Any]:
    """Return the document of an application.

    Parameters
    ----------
    app : FastAPI
    with_keys : bool
        Whether clients need a key.
    """
    made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    parts = made.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    schemas["ProblemDetails"] = ProblemDetails.model_json_schema()
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, operations in made["paths"].items():
        for operation in operations.values():
            _add_problems(operation, path, with_keys)
    if with_keys:
        parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return made


def _add_problems(operation: dict[str, Any], path: str, with_keys: bool) -> None:
    statuses = [*_ALWAYS, *(_OF_PAGES if path == "/v1/risk-list" else ())]
    if with_keys and path not in OPEN_PATHS:
        operation["security"] = [{"key": []}]
        statuses.append(401)
    for status in sorted(statuses):
        operation["responses"][str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": _SCHEMA}},
        }
