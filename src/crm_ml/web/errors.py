"""Every error as problem+json (RFC 9457): one shape, whoever raised it.

``title`` is the phrase of the status, ``detail`` the message of the error in the grammar of crm_ml,
``errors`` what is wrong with which part of the request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from crm_ml.base.exceptions import CrmMlError, FileError, InputError

__all__ = ["MEDIA_TYPE", "Problem", "add_error_handlers", "defect_response", "problem_response"]

MEDIA_TYPE = "application/problem+json"
_MOST = 20  # problems told at a time
_LONGEST = 2_000


class Problem(Exception):  # noqa: N818  (the word of the RFC)
    """A request that gets no answer.

    Parameters
    ----------
    status : int
        HTTP status.
    detail : str
        What is wrong and what to do.
    headers : mapping, optional
        Such as ``Retry-After``.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def problem_response(
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> Response:
    """Return the response of a problem."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail[:_LONGEST],
    }
    if errors:
        content["errors"] = list(errors)
    return Response(
        json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"),
        status_code=status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def defect_response() -> Response:
    """Return what a client learns of a defect: nothing but how to report it."""
    return problem_response(500, "the service failed; report it with the request id in X-Request-ID")


def add_error_handlers(app: FastAPI) -> None:
    """Make the application answer every error with a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(CrmMlError, _own)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _defect)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101  (told to the type checker)
    return problem_response(error.status, error.detail, headers=error.headers)


async def _own(request: Request, error: Exception) -> Response:
    if isinstance(error, FileError):  # ours, not the client's: a list that is gone
        return problem_response(503, str(error), headers={"Retry-After": "10"})
    if isinstance(error, InputError):
        return problem_response(422, str(error))
    raise error  # nothing that a client can mend


async def _defect(request: Request, error: Exception) -> Response:
    return defect_response()


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = error.errors()
    errors = [{"pointer": _pointer(one["loc"]), "detail": str(one["msg"])} for one in found[:_MOST]]
    more = f"; {len(found) - _MOST:,} more are not shown" if len(found) > _MOST else ""
    plural = "s" if len(found) != 1 else ""
    status = 400 if any(one["type"] == "json_invalid" for one in found) else 422
    return problem_response(
        status, f"the request is wrong in {len(found):,} place{plural}{more}", errors=errors
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    details = {
        404: "there is nothing at this address; /openapi.json lists what there is",
        405: "this address does not answer that method; the header Allow names those it does",
    }
    detail = details.get(error.status_code, str(error.detail))
    return problem_response(error.status_code, detail, headers=error.headers)


def _pointer(place: Sequence[Any]) -> str:
    """Return where in the request: ``/body/rows/0/features``; text from outside is cut short."""
    return "/" + "/".join(str(part)[:100].replace("~", "~0").replace("/", "~1") for part in place)
