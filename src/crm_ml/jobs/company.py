"""A company from the config of an analysis: transactions, optional tables, scores of a bundle."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from crm_ml.analysis.company import Company
from crm_ml.analysis.table_faults import without_faults
from crm_ml.base.exceptions import ConfigError
from crm_ml.data.windows import as_date, as_day
from crm_ml.jobs.config import AnalyseConfig
from crm_ml.jobs.inputs import read_log
from crm_ml.jobs.optional_tables import read_optional_tables

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = ["read_company"]


def read_company(config: AnalyseConfig, *, quarantine: str | os.PathLike[str] | None = None) -> Company:
    """Read what a config names, and set tables with a fault aside.

    Parameters
    ----------
    config : AnalyseConfig
        Transactions, optional tables, bundle and settings. The simulated company brings its own tables; a
        table of the config goes before them.
    quarantine : path, optional
        Where rejected rows go.

    Raises
    ------
    ConfigError
        When scores come from two places.
    InputError
        When a table is unknown or not readable.

    Examples
    --------
    >>> company = read_company(AnalyseConfig.model_validate({"data": {"dataset": "company"}}))
    >>> company.as_of, "survey" in company.tables
    (datetime.date(2025, 1, 1), True)
    """
    if config.bundle and "scores" in config.tables:
        raise ConfigError(
            "scores come from a table and from a bundle", do="name one of tables.scores and bundle"
        )
    tables = read_optional_tables(config.tables)
    if config.data.dataset == "company":
        from crm_ml.data.company.make import make_company

        tables = {**make_company().tables, **tables}
    tx = read_log(config.data, config.engine, quarantine=quarantine)
    as_of = config.cutoff or as_date(as_day(tx.last_day) + 1)
    if config.bundle:
        tables["scores"] = _scored(config, tx, as_of)
    return without_faults(Company(tx, tables, as_of, config.analysis))


def _scored(config: AnalyseConfig, tx: Transactions, as_of: dt.date) -> pd.DataFrame:
    """Return the risk list of the bundle's models: what analyses and cards call scores."""
    from crm_ml.prediction.predictor import ListOptions, Predictor

    predictor = Predictor.load(config.bundle)
    return predictor.score(tx, as_of, options=ListOptions(language=config.language)).table
