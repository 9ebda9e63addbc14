"""``crm-ml analyse CONFIG [--only THEME…] --out DIR``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.exit_codes import ExitCode
from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import Config


def command(
    config: Config,
    *,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="THEME", help="Only this theme; repeat it or use commas."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", help="Folder for all files, instead of the config's."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="nl|en", help="Of workbook and report.")
    ] = None,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Analyse the customer base: segments, value, profit, growth, decay, cross-selling.

    Ends with exit code 5 when an optional table has a fault: what needs it was not computed, the rest was.
    """
    start_logging(quiet, log_format)
    from crm_ml.jobs.config import AnalyseConfig
    from crm_ml.jobs.config_file import load_config

    themes = tuple(name.strip() for one in only or () for name in one.split(",")) or None
    settings = load_config(config, AnalyseConfig, {"out": out, "language": language, "themes": themes})
    from crm_ml.jobs.analyse import run_analyse

    result = run_analyse(settings, quiet=quiet)
    if not quiet:
        print(result)
    print(result.folder)
    if result.faults:
        raise typer.Exit(ExitCode.INCOMPLETE)
