"""Connections: how many, and how long one may take to say what it wants; uvicorn sets no limit."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from crm_ml.jobs.serve_config import LimitsSection
from crm_ml.web.errors import MEDIA_TYPE

__all__ = ["patient_protocol"]


def patient_protocol(limits: LimitsSection) -> type[asyncio.Protocol]:
    """Return a protocol that refuses connections beyond the limits, with a problem like any other error."""

    class Patient(H11Protocol):  # type: ignore[misc]  # uvicorn is not typed for subclasses
        """HTTP/1.1 with a deadline for the head of a request."""

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._deadline = self.loop.call_later(limits.header_seconds, self._give_up)
            if len(self.connections) > limits.connections:
                self._refuse(503, "too many connections at a time")

        def connection_lost(self, exc: Exception | None) -> None:
            self._deadline.cancel()
            super().connection_lost(exc)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._deadline.cancel()
            self._deadline = self.loop.call_later(limits.header_seconds, self._give_up)

        def send_400_response(self, msg: str) -> None:
            self._refuse(400, "this is no HTTP request")

        def _give_up(self) -> None:
            if self.cycle is None or self.cycle.response_complete:
                self._refuse(408, f"no request within {limits.header_seconds:g} seconds")

        def _refuse(self, status: int, detail: str) -> None:
            if not self.transport.is_closing():
                self.transport.write(_raw_problem(status, detail))
                self.transport.close()

    return Patient


def _raw_problem(status: int, detail: str) -> bytes:
    phrase = HTTPStatus(status).phrase
    body = json.dumps({"type": "about:blank", "title": phrase, "status": status, "detail": detail}).encode()
    head = (
        f"HTTP/1.1 {status} {phrase}\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
