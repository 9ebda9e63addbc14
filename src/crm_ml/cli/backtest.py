"""``crm-ml backtest CONFIG``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import Config


def command(
    config: Config,
    *,
    out: Annotated[
        str | None, typer.Option("--out", help="Folder for the tables, instead of the config's.")
    ] = None,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Measure all models over as many past cutoffs as fit, beside recency, naive rate and chance."""
    start_logging(quiet, log_format)
    from crm_ml.jobs.config import BacktestConfig
    from crm_ml.jobs.config_file import load_config

    settings = load_config(config, BacktestConfig, {"out": out})
    from crm_ml.jobs.backtest import run_backtest

    result = run_backtest(settings, quiet=quiet)
    if not quiet:
        print(result)
    print(result.folder)
