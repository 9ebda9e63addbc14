"""``crm-ml features DATA --config C --cutoff D --out F``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import Data, OptionalConfig


def command(
    data: Data = None,
    *,
    config: OptionalConfig = None,
    cutoff: Annotated[
        str | None, typer.Option("--cutoff", metavar="DATE", help="Only earlier days are seen (2011-06-01).")
    ] = None,
    out: Annotated[str | None, typer.Option("--out", help="File to write: .parquet or .csv.")] = None,
    catalogue: Annotated[
        bool, typer.Option("--list", help="List all features instead of computing them.")
    ] = False,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Compute the features of every customer at a cutoff, or list what there is."""
    start_logging(quiet, log_format)
    if catalogue:
        _print_catalogue()
        return
    from crm_ml.jobs.config import FeaturesConfig
    from crm_ml.jobs.config_file import load_config
    from crm_ml.jobs.features import write_features

    given = {"data.path": data, "cutoff": cutoff, "out": out}
    print(write_features(load_config(config, FeaturesConfig, given)))


def _print_catalogue() -> None:
    from crm_ml.features.catalogue import catalogue

    specs = catalogue()
    width = max(len(spec.name) for spec in specs)
    for spec in specs:
        print(f"{spec.name:<{width}}  {spec.group:<9} {spec.unit:<10} {spec.meaning}")
