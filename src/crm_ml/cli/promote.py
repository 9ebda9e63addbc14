"""``crm-ml promote RUN``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.exit_codes import ExitCode
from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import DataOption, OptionalConfig, Store


def command(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="MLflow run of a training.")] = None,
    *,
    data: DataOption = None,
    config: OptionalConfig = None,
    store: Store = None,
    force: Annotated[
        str,
        typer.Option("--force", metavar="REASON", help="Promote without comparing; the reason is recorded."),
    ] = "",
    roll_back: Annotated[
        bool, typer.Option("--roll-back", help="Give the alias back to the champion before.")
    ] = False,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Make a trained bundle champion if it beats the present one on later data, by a paired interval.

    Ends with exit code 3 when it does not.
    """
    start_logging(quiet, log_format)
    from crm_ml.jobs.config import RegistryConfig
    from crm_ml.jobs.config_file import load_config

    if (run is None) == (not roll_back):
        raise typer.BadParameter("give a RUN or --roll-back")
    settings = load_config(config, RegistryConfig, {"data.path": data, "tracking.store": store})
    from crm_ml.jobs import promote as job

    result = job.roll_back(settings) if run is None else job.promote(run, settings, force=force)
    print(result if not quiet else result.version)
    if not result.promoted:
        raise typer.Exit(ExitCode.REFUSED)
