"""The feature table of all customers at a cutoff, as a file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from crm_ml.base.exceptions import ConfigError
from crm_ml.base.files import atomic_path
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import as_date, as_day
from crm_ml.jobs.config import FeaturesConfig
from crm_ml.jobs.inputs import read_log

__all__ = ["write_features"]

_SUFFIXES = (".parquet", ".csv")


def write_features(config: FeaturesConfig) -> Path:
    """Compute the features of every customer known before the cutoff and write them, sorted by customer.

    Returns
    -------
    Path
        The Parquet or CSV file.

    Raises
    ------
    ConfigError
        When `out` is neither Parquet nor CSV.
    WindowError
        When nothing precedes the cutoff.
    """
    path = Path(config.out)
    if path.suffix not in _SUFFIXES:
        raise ConfigError("features go to .parquet or .csv", got=config.out, do="choose another --out")
    tx = read_log(config.data, config.engine)
    cutoff = config.cutoff or as_date(as_day(tx.last_day) + 1)
    if path.suffix == ".csv":
        _write_csv(tx, cutoff, config.features, path)
    else:
        _write_parquet(tx, cutoff, config.features, path)
    return path


def _write_parquet(tx: Transactions, cutoff: dt.date, features: tuple[str, ...], path: Path) -> None:
    import narwhals as nw

    from crm_ml.features.build import build_features

    native = build_features(tx, cutoff, features=features or None, output="native")
    frame: nw.LazyFrame[Any] = nw.from_native(native)
    with atomic_path(path) as place:
        tx.engine.write_parquet(frame.sort("customer_id"), place)


def _write_csv(tx: Transactions, cutoff: dt.date, features: tuple[str, ...], path: Path) -> None:
    from crm_ml.features.build import build_features
    from crm_ml.reporting.tables import write_csv

    table = build_features(tx, cutoff, features=features or None)
    write_csv(table.reset_index(), path)
