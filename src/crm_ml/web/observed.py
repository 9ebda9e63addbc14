"""The outermost layer: an id, security headers, a log line and a count for every request; no error leaks."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm_ml.web.errors import Problem, defect_response, problem_response
from crm_ml.web.keys import client_of
from crm_ml.web.logs import log, origin_of
from crm_ml.web.metrics import Metrics

__all__ = ["Observed"]

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_UNMATCHED = "none"
_DEFECT = defect_response()


class Observed:
    """Answers whatever happens inside, and says that it did.

    Parameters
    ----------
    app : ASGI application
    metrics : Metrics
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, seen = time.perf_counter(), {"status": 0}
        request_id = _request_id(scope)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                message["headers"] = [*message["headers"], *_HEADERS, (b"x-request-id", request_id)]
            await send(message)

        facts: dict[str, Any] = {}
        try:
            await self._app(scope, receive, sending)
        except Problem as problem:
            if not seen["status"]:
                refused = problem_response(problem.status, problem.detail, headers=problem.headers)
                await refused(scope, receive, sending)
        except Exception as error:  # a defect: the client learns nothing of it, the log where it is
            facts["error"] = origin_of(error)
            if not seen["status"]:
                await _DEFECT(scope, receive, sending)
        self._note(scope, seen["status"], time.perf_counter() - started, request_id, facts)

    def _note(
        self, scope: Scope, status: int, seconds: float, request_id: bytes, facts: MutableMapping[str, Any]
    ) -> None:
        route = getattr(scope.get("route"), "path", _UNMATCHED)
        method = scope["method"] if scope["method"].isalpha() and len(scope["method"]) < 10 else "?"
        self._metrics.request(method, route, status, seconds)
        log(
            "request",
            level=logging.ERROR if "error" in facts else logging.INFO,
            id=request_id.decode("ascii"),
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1e3, 2),
            client=client_of(scope),
            **facts,
        )


def _request_id(scope: Scope) -> bytes:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8).encode()
