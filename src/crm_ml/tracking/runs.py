"""Runs: a parent a job, a child a model, from plain values and files.

Runs are written through a client of their own and never through MLflow's global state, so that training in
a notebook does not end or join a run that its user started.
"""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.tracking.store import experiment_id, open_store

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["Run", "plain_params", "tracked_run"]

_LONGEST_PARAM = 500
_PACKAGES = ("duckdb", "lightgbm", "mlflow", "numpy", "pandas", "scikit-learn", "scipy")
_BATCH = 100  # what MLflow takes of parameters and tags at once


@dataclass(frozen=True)
class Run:
    """A run that is open; made by `tracked_run` and `child`.

    Parameters
    ----------
    client : MlflowClient
        Connection to the store.
    experiment : str
        Id of the experiment.
    id : str
        Id of the run.
    """

    client: MlflowClient
    experiment: str
    id: str

    @contextmanager
    def child(self, name: str, tags: Mapping[str, str] | None = None) -> Iterator[Run]:
        """Open a run below this one: one model, one window."""
        below = {**(tags or {}), "mlflow.parentRunId": self.id}
        with _opened(self.client, self.experiment, name, below) as run:
            yield run

    def params(self, values: Mapping[str, Any]) -> None:
        """Log parameters; nested mappings become dotted names, long values are shortened."""
        from mlflow.entities import Param

        entries = [Param(name, value) for name, value in plain_params(values).items()]
        for start in range(0, len(entries), _BATCH):
            self.client.log_batch(self.id, params=entries[start : start + _BATCH])

    def metrics(self, values: Mapping[str, float | None], step: int = 0) -> None:
        """Log finite numbers; what is missing or not finite is named in the tag ``undefined_metrics``."""
        from mlflow.entities import Metric

        known = {name: float(value) for name, value in values.items() if value is not None}
        finite = {name: value for name, value in known.items() if math.isfinite(value)}
        moment = int(time.time() * 1000)
        self.client.log_batch(
            self.id, metrics=[Metric(name, one, moment, step) for name, one in finite.items()]
        )
        undefined = sorted(set(values) - set(finite))
        if undefined:
            self.tags({"undefined_metrics": ", ".join(undefined)})

    def tags(self, values: Mapping[str, str]) -> None:
        """Set tags; an existing one is replaced."""
        from mlflow.entities import RunTag

        self.client.log_batch(self.id, tags=[RunTag(name, str(value)) for name, value in values.items()])

    def artifact(self, path: str | os.PathLike[str], folder: str | None = None) -> None:
        """Keep a file, or a folder with all that is in it."""
        if Path(path).is_dir():
            self.client.log_artifacts(self.id, str(path), folder or Path(path).name)
        else:
            self.client.log_artifact(self.id, str(path), folder)

    def text(self, name: str, content: str) -> None:
        """Keep a text under a name such as ``card.md``."""
        self.client.log_text(self.id, content, name)

    def picture(self, name: str, png: bytes) -> None:
        """Keep a picture under a name such as ``plots/gain.png``; MLflow shows it on the run's page."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / Path(name).name
            path.write_bytes(png)
            self.client.log_artifact(self.id, str(path), str(Path(name).parent))

    def json(self, name: str, content: Any) -> None:
        """Keep plain values under a name such as ``config.json``."""
        self.text(name, json.dumps(content, indent=2, sort_keys=True, default=str))

    def input(
        self, name: str, *, fingerprint: str, source: str, profile: Mapping[str, Any], context: str
    ) -> None:
        """Record which data went in: name, fingerprint, where from, counts, and what for."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        dataset = Dataset(
            name=name,
            digest=fingerprint[:36],  # MLflow's column is that wide; the whole stands in the profile
            source_type="local",
            source=json.dumps({"uri": source}),
            profile=json.dumps({**profile, "fingerprint": fingerprint}, default=str),
        )
        self.client.log_inputs(self.id, [DatasetInput(dataset, [InputTag("mlflow.data.context", context)])])


@contextmanager
def tracked_run(
    name: str,
    *,
    store: str | os.PathLike[str],
    experiment: str = "crm",
    tags: Mapping[str, str] | None = None,
) -> Iterator[Run]:
    """Open a parent run; it ends as FINISHED, or as FAILED with the error when an exception passes.

    Parameters
    ----------
    name : str
        What the run is called, such as ``train``.
    store : path or str
        SQLite file, or the address of a tracking server.
    experiment : str
        Its name; made when it is not there.
    tags : mapping, optional
        Tags beside crm_ml's version and the git commit of the working folder.

    Yields
    ------
    Run
        To log on, and to open children from.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with tracked_run("train", store=folder / "mlflow.db") as run:
    ...     run.params({"seed": 0})
    ...     with run.child("logistic") as child:
    ...         child.metrics({"auc": 0.8, "auc_low": 0.7, "auc_high": 0.9})
    """
    client = open_store(store)
    with _opened(client, experiment_id(client, experiment), name, {**_origin(), **(tags or {})}) as run:
        yield run


@contextmanager
def _opened(client: MlflowClient, experiment: str, name: str, tags: Mapping[str, str]) -> Iterator[Run]:
    started = client.create_run(experiment, run_name=name, tags=dict(tags))
    run = Run(client, experiment, str(started.info.run_id))
    try:
        yield run
    except BaseException as error:
        # Ctrl-C too: a run that stays RUNNING for ever looks like one that still works.
        run.tags({"error": f"{type(error).__name__}: {error}"[:_LONGEST_PARAM]})
        client.set_terminated(run.id, "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")
        raise
    client.set_terminated(run.id, "FINISHED")


def plain_params(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Flatten nested mappings to dotted names with short texts.

    Examples
    --------
    >>> plain_params({"list": {"capacity": None, "language": "nl"}, "models": ["btyd"]})
    {'list.capacity': '', 'list.language': 'nl', 'models': '["btyd"]'}
    """
    flat: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            flat.update(plain_params(value, f"{prefix}{key}."))
            continue
        text = "" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
        flat[f"{prefix}{key}"] = text if len(text) <= _LONGEST_PARAM else f"{text[:_LONGEST_PARAM]}…"
    return flat


def _origin() -> dict[str, str]:
    """Return what made the run: versions, and the commit of the working folder if it has one."""
    from crm_ml import __version__

    tags = {"crm_ml.version": __version__, "version.python": platform.python_version()}
    tags |= {f"version.{name}": version(name) for name in _PACKAGES}
    try:
        command = ["git", "rev-parse", "HEAD"]
        found = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return tags
    return {**tags, "mlflow.source.git.commit": found.stdout.strip()}
