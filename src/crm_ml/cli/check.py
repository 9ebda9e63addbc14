"""``crm-ml check DATA``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import Data, OptionalConfig


def command(
    data: Data = None,
    *,
    config: OptionalConfig = None,
    quarantine: Annotated[
        str | None,
        typer.Option("--quarantine", help="File for rejected rows; beside the working folder's data."),
    ] = None,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Say what is wrong with a transaction table; rejected rows go to a quarantine file with their reason."""
    start_logging(quiet, log_format)
    from crm_ml.jobs.check import check
    from crm_ml.jobs.config import JobConfig
    from crm_ml.jobs.config_file import load_config

    settings = load_config(config, JobConfig, {"data.path": data})
    source = Path(settings.data.path or settings.data.dataset or "data")
    result = check(settings, quarantine or f"{source.stem.strip('*') or 'data'}-rejected.csv")
    if not quiet:
        print(result)
    if result.quarantine:
        print(result.quarantine)
