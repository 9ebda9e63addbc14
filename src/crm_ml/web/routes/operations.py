"""Signs of life for a supervisor, and counters for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_ml.base.exceptions import CrmMlError
from crm_ml.web.errors import Problem
from crm_ml.web.metrics import MEDIA_TYPE
from crm_ml.web.schemas import Health
from crm_ml.web.service import service_of

__all__ = ["router"]

router = APIRouter(tags=["operations"])


@router.get("/health")
async def health() -> Health:
    """Whether the process lives."""
    return Health(status="ok")


@router.get("/ready")
async def ready(request: Request) -> Health:
    """Whether it can answer: models are loaded, and the list, if one is served, can be read."""
    service = service_of(request)
    lists = service.served.lists
    if lists is not None:
        try:
            await service.compute(lists.about)
        except CrmMlError as error:
            raise Problem(503, f"not ready: {error}") from error
    return Health(status="ok")


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Counters and times in the text format of Prometheus."""
    return Response(service_of(request).metrics.text(), headers={"Content-Type": MEDIA_TYPE})
