"""What the HTTP service needs, opened and checked before it listens: models, card, lists."""

from __future__ import annotations

import ipaddress
import secrets
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from crm_ml.base.exceptions import ConfigError
from crm_ml.jobs.compare import open_reference
from crm_ml.jobs.config import RegistryConfig, ServeConfig
from crm_ml.jobs.scored_lists import ScoredLists
from crm_ml.prediction.bundle import check_owner
from crm_ml.prediction.predictor import Predictor

__all__ = ["Served", "new_key", "on_this_machine", "open_served"]


@dataclass(frozen=True)
class Served:
    """What is served.

    Parameters
    ----------
    predictor : Predictor
        The models.
    config : ServeConfig
        Options.
    lists : ScoredLists, optional
        The scored list, where one is served.
    pseudonym_key : str
        Key of the pseudonyms in answers; empty: ids.
    """

    predictor: Predictor
    config: ServeConfig
    lists: ScoredLists | None = None
    pseudonym_key: str = ""


def open_served(config: ServeConfig) -> Served:
    """Open bundle and lists, and check who may ask.

    Raises
    ------
    ConfigError
        When there is not exactly one of bundle and alias, or keys are missing for an address that others
        can reach.
    BundleError
        When the bundle was changed, or has no owner though the config demands one.
    InputError
        When the alias is unknown, or the list is none.
    """
    check_reach(config)
    if bool(config.bundle) == bool(config.alias):
        raise ConfigError("name one of bundle and alias", do="give --bundle DIR or --alias champion")
    predictor = Predictor.load(config.bundle) if config.bundle else _open_alias(config)
    if config.card.owner_required:
        check_owner(predictor.bundle)
    key = config.pseudonyms.key()
    lists = None
    if config.data:
        lists = ScoredLists(config.data, config.history, key=key, memory=config.limits.memory)
    return Served(predictor, config, lists, key)


def check_reach(config: ServeConfig) -> None:
    """Refuse to listen where others can reach the service while it asks nobody for a key."""
    names = [one.name for one in config.keys]
    if len(set(names)) < len(names):
        raise ConfigError("two clients have one name", got=", ".join(names))
    if not config.keys and not on_this_machine(config.host):
        raise ConfigError(
            "others can reach this address and no keys are set",
            got=f"host {config.host}",
            do="make one with `crm-ml serve --new-key NAME`, or listen on 127.0.0.1",
        )


def on_this_machine(host: str) -> bool:
    """Whether an address is reached from this machine only.

    Examples
    --------
    >>> on_this_machine("127.0.0.1"), on_this_machine("::1"), on_this_machine("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def new_key(name: str) -> tuple[str, dict[str, Any]]:
    """Return a new key and what the config says of it; the key is random, so a plain hash keeps it."""
    key = secrets.token_urlsafe(32)
    return key, {"name": name, "sha256": sha256(key.encode()).hexdigest()}


def _open_alias(config: ServeConfig) -> Predictor:
    registry = RegistryConfig(tracking=config.tracking, model=config.model)
    with tempfile.TemporaryDirectory() as place:
        return open_reference(config.alias, registry, Path(place))
