"""The application: routes, errors, and the layers around them from the outside in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from crm_ml.jobs.serve import Served
from crm_ml.web.document import document
from crm_ml.web.errors import add_error_handlers
from crm_ml.web.keys import CheckedKeys
from crm_ml.web.limits import LimitedBodies
from crm_ml.web.observed import Observed
from crm_ml.web.pressure import BoundedPressure
from crm_ml.web.routes import customers, model, operations, risk_list, score
from crm_ml.web.service import Service

__all__ = ["make_app"]


def make_app(served: Served) -> ASGIApp:
    """Return the application that serves models and lists.

    Parameters
    ----------
    served : Served
        From :func:`crm_ml.jobs.serve.open_served`.
    """
    service = Service(served)
    inner = make_api(service)
    limited = LimitedBodies(inner, service.limits)
    bounded = BoundedPressure(limited, service.limits, service.metrics)
    return Observed(CheckedKeys(bounded, served.config.keys), service.metrics)


def make_api(service: Service) -> FastAPI:
    """Return the routes without the layers around them; ``openapi()`` is their document."""
    from crm_ml import __version__

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    app = FastAPI(
        title="crm_ml",
        version=__version__,
        summary="Who is about to stop or to buy less, why, and what is at stake.",
        docs_url=None,  # the page would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.service = service
    for one in (score, customers, risk_list, model, operations):
        app.router.routes.extend(one.router.routes)  # included routers are asked one after the other
    add_error_handlers(app)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app, with_keys=bool(service.served.config.keys))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app
