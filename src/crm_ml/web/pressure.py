"""More than the service bears: too many requests at a time, of one client, or one that takes too long."""

from __future__ import annotations

import asyncio
import time

from starlette.types import ASGIApp, Receive, Scope, Send

from crm_ml.jobs.serve_config import LimitsSection
from crm_ml.web.errors import Problem
from crm_ml.web.keys import client_of
from crm_ml.web.metrics import Metrics

__all__ = ["OPERATIONS", "BoundedPressure"]

OPERATIONS = frozenset({"/health", "/ready", "/metrics"})  # must answer when nothing else does


class BoundedPressure:
    """Takes in as many requests as it was told to, and gives each its time.

    Parameters
    ----------
    app : ASGI application
    limits : LimitsSection
    metrics : Metrics
        Told how many are under way.
    """

    def __init__(self, app: ASGIApp, limits: LimitsSection, metrics: Metrics) -> None:
        self._app = app
        self._limits = limits
        self._metrics = metrics
        self._allowance: dict[str, tuple[float, float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request pass, or refuse it."""
        if scope["type"] != "http" or scope["path"] in OPERATIONS:
            await self._app(scope, receive, send)
            return
        self._check_rate(client_of(scope))
        if self._metrics.in_flight >= self._limits.in_flight:
            raise Problem(503, "too many requests at a time: try again in a second", {"Retry-After": "1"})
        self._metrics.in_flight += 1
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                await self._app(scope, receive, send)
        except TimeoutError as error:
            seconds = f"{self._limits.request_seconds:g}"
            raise Problem(
                503, f"the answer took longer than {seconds} seconds: ask for less at a time"
            ) from error
        finally:
            self._metrics.in_flight -= 1

    def _check_rate(self, client: str) -> None:
        """Let every client save up a minute's requests, and refill them evenly."""
        most = self._limits.requests_per_minute
        if most is None:
            return
        now = time.monotonic()
        left, before = self._allowance.get(client, (float(most), now))
        left = min(float(most), left + (now - before) * most / 60.0)
        if left < 1.0:
            wait = str(int((1.0 - left) * 60.0 / most) + 1)
            raise Problem(429, f"at most {most:,} requests a minute: wait {wait} s", {"Retry-After": wait})
        self._allowance[client] = (left - 1.0, now)
