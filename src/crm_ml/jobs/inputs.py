"""From the `data` section of a config to what the rooms below take."""

from __future__ import annotations

import os
from typing import Any

from crm_ml.base.exceptions import ConfigError
from crm_ml.data.engines.make import EngineSettings, make_engine
from crm_ml.data.schema import ROLES
from crm_ml.data.transactions import Transactions
from crm_ml.jobs.sections import DataSection

__all__ = ["read_log"]


def read_log(
    data: DataSection, engine: EngineSettings, *, quarantine: str | os.PathLike[str] | None = None
) -> Transactions:
    """Read the transactions that a config names.

    Parameters
    ----------
    data : DataSection
        Source, mapping and rules.
    engine : EngineSettings
        Where they are computed.
    quarantine : path, optional
        Where rejected rows go when the config does not say it.

    Raises
    ------
    ConfigError
        When the section names no source.

    Examples
    --------
    >>> tx = read_log(DataSection(dataset="cdnow_sample"), EngineSettings())
    >>> tx.counts["customers"]
    2357
    """
    from crm_ml.data.datasets import load_cdnow
    from crm_ml.data.reading import read_transactions

    if not data.has_source:
        raise ConfigError("the config does not say where the transactions are", do="set data.path")
    home = make_engine(engine.kind, engine.memory_limit, engine.temp_directory, engine.threads, engine.master)
    if data.dataset:
        return load_cdnow(sample=data.dataset == "cdnow_sample", engine=home)
    return read_transactions(
        _source(data),
        **_mapping(data),
        rules=data.rules,
        engine=home,
        currency=data.currency,
        basis=data.basis,
        quarantine=data.quarantine or quarantine,
    )


def _mapping(data: DataSection) -> dict[str, Any]:
    return {role.name: column for role in ROLES if (column := getattr(data, role.name))}


def _source(data: DataSection) -> Any:
    return data.path
