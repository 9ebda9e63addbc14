"""``crm-ml forget ID --in DIR``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.exit_codes import ExitCode
from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import OptionalConfig, Store


def command(
    customer_id: Annotated[
        str, typer.Argument(metavar="ID", help="The customer, as written in the outputs.")
    ],
    *,
    folder: Annotated[
        str | None,
        typer.Option("--in", metavar="DIR", help="Folder of the outputs; all below it is searched."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="A column of ids beside customer_id; may be repeated."),
    ] = None,
    store: Store = None,
    config: OptionalConfig = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Remove a customer from lists, reports, quarantine files, tracked artifacts and tables, and record it.

    Ends with exit code 3 when something is left that a person has to look at.
    """
    start_logging(quiet, log_format)
    from crm_ml.jobs.config import ForgetConfig
    from crm_ml.jobs.config_file import load_config

    given = {"folder": folder, "columns": column, "tracking.store": store}
    settings = load_config(config, ForgetConfig, given)
    from crm_ml.jobs.forget import forget

    result = forget(customer_id, settings, dry_run=dry_run)
    if not quiet or not result.complete:
        print(result)
    if not result.complete:
        raise typer.Exit(ExitCode.REFUSED)
