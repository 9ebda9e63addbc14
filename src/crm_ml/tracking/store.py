"""Where runs are kept: a SQLite file beside the output, or a tracking server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from crm_ml.base.exceptions import FileError
from crm_ml.tracking.quiet import quiet

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["experiment_id", "open_store", "store_address"]

_SQLITE = "sqlite:///"


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
    return text if "://" in text else f"{_SQLITE}{Path(text).absolute()}"


def open_store(store: str | os.PathLike[str], *, must_exist: bool = False) -> MlflowClient:
    """Connect to a store; a SQLite file that does not exist is made, which takes a second or two.

    Nothing global is touched: no active run, no tracking address, no autolog, no telemetry.

    Parameters
    ----------
    store : path or str
        SQLite file, or the address of a tracking server or database.
    must_exist : bool
        Refuse a SQLite file that is not there instead of making it.

    Raises
    ------
    FileError
        When `must_exist` and the file does not.
    """
    # The library must not phone home, whoever calls it; MLflow reads this when it is imported.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    address = store_address(store)
    if address.startswith(_SQLITE):
        file = Path(address.removeprefix(_SQLITE))
        if must_exist and not file.exists():
            raise FileError(
                "no runs are kept there", got=str(file), do="give --store the mlflow.db of the training"
            )
        file.parent.mkdir(parents=True, exist_ok=True)
    with quiet():
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
    if address.startswith(_SQLITE):
        file = Path(address.removeprefix(_SQLITE))
        location = (file.parent / f"{file.stem}-artifacts").as_uri()
    return str(client.create_experiment(name, artifact_location=location))
