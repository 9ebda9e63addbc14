"""What the routes share: the models, the lists, and threads to compute on."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fastapi import Request

from crm_ml.jobs.scored_lists import ScoredLists
from crm_ml.jobs.serve import Served
from crm_ml.web.cursors import Cursors
from crm_ml.web.errors import Problem
from crm_ml.web.metrics import Metrics

__all__ = ["Service", "service_of"]

Answer = TypeVar("Answer")
_SECRET = "CRM_ML_SECRET"  # noqa: S105  (the name of the variable)


class Service:
    """One running service.

    Parameters
    ----------
    served : Served
        Models, lists and options.
    """

    def __init__(self, served: Served) -> None:
        self.served = served
        self.predictor = served.predictor
        self.limits = served.config.limits
        self.pseudonym_key = served.pseudonym_key
        self.metrics = Metrics(served.predictor.bundle.version)
        # With a secret of the house a cursor outlives a restart and is good on a second machine.
        self.cursors = Cursors(os.environ.get(_SECRET, "").encode() or secrets.token_bytes(32))
        self._threads: ThreadPoolExecutor | None = None

    @property
    def lists(self) -> ScoredLists:
        """The scored list; without one the routes about customers do not exist."""
        if self.served.lists is None:
            raise Problem(404, "no list is served: start the service with --data list.parquet")
        return self.served.lists

    async def compute(self, work: Callable[[], Answer]) -> Answer:
        """Run what takes longer than a moment on a thread, as many at a time as the limits allow."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.limits.threads, thread_name_prefix="crm_ml-web")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Let running work end and drop what waits."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None


def service_of(request: Request) -> Service:
    """Return the service behind a request; as a FastAPI dependency it would cost more than a score."""
    service: Service = request.app.state.service
    return service
