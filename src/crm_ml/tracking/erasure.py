"""Tracked artifacts one by one, wherever the store keeps them, to be changed or taken away."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from crm_ml.base.files import sha256_of
from crm_ml.tracking.quiet import quiet
from crm_ml.tracking.store import open_store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["edit_artifacts"]

Outcome = TypeVar("Outcome")
#: ``edit(file, place, fixed)``: changes or deletes a local copy; `fixed` says why it may not, if it may not.
Edit = Callable[[Path, str, str], Outcome | None]
_MANIFEST = "manifest.json"


def edit_artifacts(store: str | os.PathLike[str], edit: Edit[Outcome]) -> list[Outcome]:
    """Hand a copy of every artifact of every run to `edit`, and put back what it changed.

    Parameters
    ----------
    store : path or str
        SQLite file, or the address of a tracking server.
    edit : callable
        Files of bundles, and a file with the parameters and tags of a run, are only shown to it: MLflow does
        not change the one, and the other would not open any more.

    Returns
    -------
    list
        What `edit` returned, where that was not None.
    """
    client = open_store(store, must_exist=True)
    with quiet():
        return [one for run in _runs(client) for one in _in_run(run, edit)]


def _in_run(run: Run, edit: Edit[Outcome]) -> Iterator[Outcome]:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    repository = get_artifact_repository(run.info.artifact_uri)
    paths = list(_artifacts(repository, ""))
    bundles = {PurePosixPath(path).parent for path in paths if PurePosixPath(path).name == _MANIFEST}
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            local = Path(repository.download_artifacts(path, folder))
            in_bundle = not bundles.isdisjoint(PurePosixPath(path).parents)
            fixed = "part of a bundle: train again without the customer" if in_bundle else ""
            before = sha256_of(local)
            outcome = edit(local, f"run {run.info.run_id}: {path}", fixed)
            if not local.exists():
                repository.delete_artifacts(path)
            elif sha256_of(local) != before:
                parent = PurePosixPath(path).parent
                repository.log_artifact(str(local), None if parent == PurePosixPath() else str(parent))
            if outcome is not None:
                yield outcome
        written = Path(folder) / "parameters.txt"
        written.write_text("\n".join([*run.data.params.values(), *run.data.tags.values()]), encoding="utf-8")
        told = edit(
            written, f"run {run.info.run_id}: parameters and tags", "delete the run and empty the bin"
        )
        if told is not None:
            yield told


def _artifacts(repository: Any, folder: str) -> Iterator[str]:
    for one in repository.list_artifacts(folder or None):
        if one.is_dir:
            yield from _artifacts(repository, one.path)
        else:
            yield str(one.path)


def _runs(client: MlflowClient) -> Iterator[Run]:
    from mlflow.entities import ViewType

    experiments = [one.experiment_id for one in client.search_experiments(view_type=ViewType.ALL)]
    token = None
    while experiments:
        page = client.search_runs(experiments, run_view_type=ViewType.ALL, page_token=token)
        yield from page
        token = page.token
        if not token:
            return
