"""The registry: which bundle is champion, which challenges it, and the way back.

A registered version is the bundle behind an MLflow model. Its tag ``bundle_sha256`` is the SHA-256 of the
bundle's manifest, which holds the SHA-256 of every file: registry and bundle agree, or nothing is loaded.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.base.files import sha256_of
from crm_ml.prediction.bundle import read_manifest
from crm_ml.tracking.mlflow_model import MODEL_FOLDER, bundle_path, save_model

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

__all__ = ["CHALLENGER", "CHAMPION", "Registered", "fetch_bundle", "find", "promote", "register", "roll_back"]

CHAMPION, CHALLENGER = "champion", "challenger"
_SHA, _PREVIOUS, _REASON = "bundle_sha256", "previous_champion", "promotion_reason"


@dataclass(frozen=True)
class Registered:
    """A version in the registry.

    Parameters
    ----------
    name : str
        Registered model.
    version : str
        Number within it.
    bundle : str
        Version of the bundle, such as ``crm-1998-07-01-1a2b3c4d``.
    sha256 : str
        Of the bundle's manifest.
    run_id : str
        Run that made it.
    """

    name: str
    version: str
    bundle: str
    sha256: str
    run_id: str


def register(client: MlflowClient, run_id: str, *, name: str = "crm", folder: str = "bundle") -> Registered:
    """Register the bundle that a run keeps, as an MLflow model, and make it the challenger.

    Registering the same bundle twice gives the version that is there.

    Parameters
    ----------
    client : MlflowClient
        From :func:`crm_ml.tracking.store.open_store`.
    run_id : str
        Run of a training.
    name : str
        Registered model; made when it is not there.
    folder : str
        Where the run keeps the bundle.

    Raises
    ------
    InputError
        When there is no such run, or it holds no bundle.
    BundleError
        When the bundle does not match its manifest.
    """
    with tempfile.TemporaryDirectory() as place:
        bundle = _download(client, run_id, folder, place)
        sha256 = sha256_of(bundle / "manifest.json")
        for known in _versions(client, name):
            if known.tags.get(_SHA) == sha256:
                client.set_registered_model_alias(name, CHALLENGER, known.version)
                return _registered(known)
        model = save_model(bundle, Path(place) / MODEL_FOLDER)
        client.log_artifacts(run_id, str(model), MODEL_FOLDER)
        tags = {_SHA: sha256, "bundle": str(read_manifest(bundle)["version"])}
    _ensure_model(client, name)
    source = f"{client.get_run(run_id).info.artifact_uri}/{MODEL_FOLDER}"
    made = client.create_model_version(name, source=source, run_id=run_id, tags=tags)
    client.set_registered_model_alias(name, CHALLENGER, made.version)
    return _registered(made)


def find(client: MlflowClient, reference: str, *, name: str = "crm") -> Registered | None:
    """Return the version behind an alias (``champion``) or a number; None when there is none."""
    from mlflow.exceptions import MlflowException

    try:
        if reference.isdigit():
            return _registered(client.get_model_version(name, reference))
        return _registered(client.get_model_version_by_alias(name, reference))
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return None
        raise


def fetch_bundle(client: MlflowClient, registered: Registered, target: str | os.PathLike[str]) -> Path:
    """Download the bundle of a version into `target` and return its folder.

    Raises
    ------
    BundleError
        When the store holds another bundle than the registry says.
    """
    bundle = _download(client, registered.run_id, f"{MODEL_FOLDER}/{bundle_path()}", target)
    found = sha256_of(bundle / "manifest.json")
    if found != registered.sha256:
        raise BundleError(
            f"registry and bundle disagree on version {registered.version}",
            got=f"SHA-256 {found[:12]}… instead of {registered.sha256[:12]}…",
            do="do not use it; register the run again",
        )
    return bundle


def promote(client: MlflowClient, registered: Registered, reason: str) -> None:
    """Move the alias ``champion`` to a version; the reason and the champion before it are recorded there."""
    before = find(client, CHAMPION, name=registered.name)
    if before is not None and before.version == registered.version:
        return
    tags = {_REASON: reason, _PREVIOUS: before.version if before else ""}
    for key, value in tags.items():
        client.set_model_version_tag(registered.name, registered.version, key, value)
    client.set_registered_model_alias(registered.name, CHAMPION, registered.version)


def roll_back(client: MlflowClient, *, name: str = "crm") -> Registered:
    """Give the alias ``champion`` back to the version that had it before.

    Raises
    ------
    InputError
        When there is no champion, or none before it.
    """
    present = find(client, CHAMPION, name=name)
    tags = client.get_model_version(name, present.version).tags if present else {}
    previous = find(client, tags.get(_PREVIOUS) or "0", name=name)
    if present is None or previous is None:
        raise InputError("there is no champion to go back to", do="promote a run first")
    client.set_registered_model_alias(name, CHAMPION, previous.version)
    return previous


def _download(client: MlflowClient, run_id: str, folder: str, target: str | os.PathLike[str]) -> Path:
    from mlflow.exceptions import MlflowException

    try:
        bundle = Path(client.download_artifacts(run_id, folder, str(target)))
    except (MlflowException, OSError) as error:
        raise InputError(
            f"the run holds no bundle in {folder!r}", got=f"run {run_id}", do="name a run of `crm-ml train`"
        ) from error
    read_manifest(bundle)
    return bundle


def _ensure_model(client: MlflowClient, name: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _versions(client: MlflowClient, name: str) -> list[ModelVersion]:
    return list(client.search_model_versions(f"name = '{name}'"))


def _registered(version: ModelVersion) -> Registered:
    tags = version.tags
    return Registered(
        version.name, str(version.version), tags.get("bundle", ""), tags.get(_SHA, ""), version.run_id
    )
