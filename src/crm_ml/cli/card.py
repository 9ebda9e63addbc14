"""``crm-ml card CONFIG CUSTOMER [--out FILE]``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import Config


def command(
    config: Config,
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's number.")],
    *,
    out: Annotated[
        str,
        typer.Option("--out", help="File to write; card_CUSTOMER.html in the config's folder by default."),
    ] = "",
    language: Annotated[str | None, typer.Option("--language", metavar="nl|en", help="Of the card.")] = None,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Write everything that is known of one customer on one page; CONFIG is that of `analyse`."""
    start_logging(quiet, log_format)
    from crm_ml.jobs.config import AnalyseConfig
    from crm_ml.jobs.config_file import load_config

    settings = load_config(config, AnalyseConfig, {"language": language})
    from crm_ml.jobs.customer_card import run_card

    print(run_card(settings, customer, out))
