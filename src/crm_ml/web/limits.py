"""Bodies that are too large, too slow or no JSON are refused before anybody reads them."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm_ml.jobs.serve_config import LimitsSection
from crm_ml.web.errors import Problem

__all__ = ["LimitedBodies"]

_CLOSE = {"Connection": "close"}  # the rest of the body is not worth waiting for


class LimitedBodies:
    """Takes in a body as a whole, within its limits, and hands it on.

    Parameters
    ----------
    app : ASGI application
    limits : LimitsSection
    """

    def __init__(self, app: ASGIApp, limits: LimitsSection) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request."""
        headers = dict(scope["headers"]) if scope["type"] == "http" else {}
        length = headers.get(b"content-length", b"0")
        if length == b"0" and b"transfer-encoding" not in headers:
            await self._app(scope, receive, send)
            return
        self._check_head(length, headers.get(b"content-type", b""), headers.get(b"content-encoding", b""))
        body = await self._body(receive)
        await self._app(scope, _replay(body, receive), send)

    def _check_head(self, length: bytes, media_type: bytes, encoding: bytes) -> None:
        if length.isdigit() and int(length) > self._limits.max_bytes:
            raise self._too_large()
        if media_type.partition(b";")[0].strip().lower() != b"application/json":
            raise Problem(415, "a body must be application/json", _CLOSE)
        if encoding.strip().lower() not in (b"", b"identity"):
            raise Problem(415, "a compressed body is not unpacked: send it plain", _CLOSE)

    async def _body(self, receive: Receive) -> bytes:
        parts, size = [], 0
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Problem(400, "the connection was closed within the body")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self._limits.max_bytes:
                        raise self._too_large()
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError as error:
            seconds = f"{self._limits.body_seconds:g}"
            raise Problem(408, f"the body did not arrive within {seconds} seconds", _CLOSE) from error

    def _too_large(self) -> Problem:
        return Problem(413, f"a body holds at most {self._limits.max_bytes:,} bytes", _CLOSE)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
