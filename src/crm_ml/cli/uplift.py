"""``crm-ml uplift CONFIG [--as-of DATE] [--out DIR]``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import Capacity, Config, LanguageOption, LocaleOption


def command(
    config: Config,
    *,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Rank customers as known before this day.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", help="Largest share of the customers to contact (0.2).")
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", help="Folder for list, report, tables and model.")
    ] = None,
    language: LanguageOption = None,
    locale: LocaleOption = None,
    capacity: Capacity = None,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Learn from a campaign whom a contact changes, prove it, and list whom the next one should reach.

    Contacts must have been decided by chance. A ranking that is not proved better than drawing lots is not
    used: the list is then ordered by contact value.
    """
    start_logging(quiet, log_format)
    from crm_ml.jobs.config import UpliftConfig
    from crm_ml.jobs.config_file import load_config

    given = {
        "as_of": as_of,
        "budget": budget,
        "out": out,
        "list.language": language and language.value,
        "list.locale": locale and locale.value,
        "list.capacity": capacity,
    }
    settings = load_config(config, UpliftConfig, given)
    from crm_ml.jobs.uplift import uplift

    result = uplift(settings, quiet=quiet)
    if not quiet:
        print(result)
    print(result.folder)
