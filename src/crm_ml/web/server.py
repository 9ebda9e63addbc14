"""The process: listens, answers, and on a signal finishes what runs before it goes."""

from __future__ import annotations

import signal
import warnings
from typing import TYPE_CHECKING

from crm_ml.base.exceptions import CrmMlWarning
from crm_ml.base.optional import require

if TYPE_CHECKING:
    from crm_ml.jobs.serve import Served

__all__ = ["check_packages", "run_server"]


def check_packages() -> None:
    """Ask for the optional packages before anything is loaded.

    Raises
    ------
    MissingPackageError
        When one is not installed; the message holds the install command.
    """
    for name in ("fastapi", "uvicorn"):
        require(name, extra="serve")


def run_server(served: Served) -> None:
    """Serve until SIGTERM or SIGINT; requests that run then are finished within ``drain_seconds``.

    Parameters
    ----------
    served : Served
        From :func:`crm_ml.jobs.serve.open_served`.
    """
    check_packages()
    import uvicorn

    from crm_ml.web.app import make_app
    from crm_ml.web.logs import start_logs
    from crm_ml.web.protocol import patient_protocol

    start_logs()
    warnings.simplefilter("ignore", CrmMlWarning)  # they name customers
    config = served.config
    settings = uvicorn.Config(
        make_app(served),
        host=config.host,
        port=config.port,
        http=patient_protocol(config.limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # addresses hold ids
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, round(config.limits.drain_seconds)),
    )
    # The server raises the signal again when it is done; a service that was told to stop has not failed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    uvicorn.Server(settings).run()
