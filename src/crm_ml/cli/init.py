"""``crm-ml init DATA --out CONFIG``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging


def command(
    data: Annotated[str, typer.Argument(metavar="DATA", help="Transactions: file, glob or folder.")],
    *,
    out: Annotated[
        str, typer.Option("--out", help="Config to write; it must not exist yet.")
    ] = "crm-ml.yaml",
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Propose a column mapping and a horizon for your own data, as a config to read and correct."""
    start_logging(quiet, log_format)
    from crm_ml.jobs.init import init

    result = init(data, out)
    if not quiet:
        print(result)
    print(result.path)
