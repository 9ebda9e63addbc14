"""``crm-ml monitor --list FILE --data FILE --as-of DATE [--outcomes FILE] --out DIR``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.exit_codes import ExitCode
from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import DataOption, LanguageOption, OptionalConfig


def command(
    *,
    list_path: Annotated[str | None, typer.Option("--list", help="The last list, as Parquet or CSV.")] = None,
    data: DataOption = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Look back as known before this day.")
    ] = None,
    outcomes: Annotated[
        str | None, typer.Option("--outcomes", help="Who was really contacted: a table with customer_id.")
    ] = None,
    now: Annotated[str | None, typer.Option("--now", help="The present list, to show what changed.")] = None,
    bundle: Annotated[
        str | None, typer.Option("--bundle", help="Bundle, for drift and for the present list.")
    ] = None,
    out: Annotated[str | None, typer.Option("--out", help="Folder for workbook, report and tables.")] = None,
    config: OptionalConfig = None,
    language: LanguageOption = None,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Compare the last risk list with what happened: was it right, did it pay, what changed, does it drift.

    Ends with exit code 3 when there is an alarm.
    """
    start_logging(quiet, log_format)
    from crm_ml.jobs.config import MonitorConfig
    from crm_ml.jobs.config_file import load_config

    given = {
        "list_path": list_path,
        "data.path": data,
        "as_of": as_of,
        "outcomes": outcomes,
        "now": now,
        "bundle": bundle,
        "out": out,
        "language": language and language.value,
    }
    settings = load_config(config, MonitorConfig, given)
    from crm_ml.jobs.monitor import monitor

    result = monitor(settings, quiet=quiet)
    if not quiet:
        print(result)
    print(result.folder)
    if result.alarms:
        raise typer.Exit(ExitCode.REFUSED)
