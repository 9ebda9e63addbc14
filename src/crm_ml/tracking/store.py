"""Where runs are kept: a SQLite file beside the output, or a tracking server."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["experiment_id", "open_store", "store_address"]


def store_address(store: str | os.PathLike[str]) -> str:
    """Return the MLflow address of a SQLite file; an address stays as it is.

    Examples
    --------
    >>> store_address("http://127.0.0.1:5000")
    'http://127.0.0.1:5000'
    >>> store_address("/data/mlflow.db")
    'sqlite:////data/mlflow.db'
    """
    text = os.fspath(store)
    return text if "://" in text else f"sqlite:///{Path(text).absolute()}"


def open_store(store: str | os.PathLike[str]) -> MlflowClient:
    """Connect to a store; a SQLite file that does not exist is made, which takes a second or two.

    Nothing global is touched: no active run, no tracking address, no autolog, no telemetry.

    Parameters
    ----------
    store : path or str
        SQLite file, or the address of a tracking server or database.
    """
    # The library must not phone home, whoever calls it; MLflow reads this when it is imported.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    address = store_address(store)
    if address.startswith("sqlite:///"):
        Path(address.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    with _quiet():
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=address, registry_uri=address)
        client.search_experiments(max_results=1)  # connects, and makes the tables on first use
    return client


def experiment_id(client: MlflowClient, name: str) -> str:
    """Return the id of an experiment, made when it is not there.

    The artifacts of a SQLite store lie beside it, in ``<name of the file>-artifacts``; a server decides.
    """
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    address = client.tracking_uri
    location = None
    if address.startswith("sqlite:///"):
        file = Path(address.removeprefix("sqlite:///"))
        location = (file.parent / f"{file.stem}-artifacts").as_uri()
    return str(client.create_experiment(name, artifact_location=location))


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what MLflow says while it makes its tables; nobody can act on it."""
    loggers = [logging.getLogger(name) for name in ("mlflow.store.db.utils", "alembic")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            # MLflow 3.17 with SQLAlchemy 2.1: MLflow's to mend, harmless here.
            warnings.filterwarnings("ignore", message="The ``noload`` loader strategy is deprecated")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
