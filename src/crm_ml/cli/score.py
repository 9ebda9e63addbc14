"""``crm-ml score --bundle DIR --data FILE --as-of DATE --out FILE``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import Capacity, DataOption, LanguageOption, LocaleOption, OptionalConfig


def command(
    *,
    bundle: Annotated[str | None, typer.Option("--bundle", help="Folder that `train` exported.")] = None,
    data: DataOption = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Score as known before this day (2011-09-01)."),
    ] = None,
    out: Annotated[
        list[str] | None,
        typer.Option("--out", help="File to write: .csv, .xlsx, .parquet or .html; repeat it for more."),
    ] = None,
    config: OptionalConfig = None,
    last_list: Annotated[
        str | None, typer.Option("--last-list", help="Parquet of the previous list, to show what changed.")
    ] = None,
    reasons: Annotated[
        str | None,
        typer.Option(
            "--reasons", metavar="WHOSE", help="Whose reasons are written: threatened, everybody, nobody."
        ),
    ] = None,
    language: LanguageOption = None,
    locale: LocaleOption = None,
    capacity: Capacity = None,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Score every customer with a bundle and write the risk list.

    Column mapping and cleaning rules come from the bundle, unless a config gives them. Ends with exit code 3
    when the customers no longer look like those of the training.
    """
    start_logging(quiet, log_format)
    from crm_ml.jobs.config import ScoreConfig
    from crm_ml.jobs.config_file import load_config

    given = {
        "bundle": bundle,
        "data.path": data,
        "as_of": as_of,
        "out": out[0] if out else None,
        "also": tuple(out[1:]) if out else None,
        "last_list": last_list,
        "list.reasons": reasons,
        "list.language": language and language.value,
        "list.locale": locale and locale.value,
        "list.capacity": capacity,
    }
    settings = load_config(config, ScoreConfig, given)
    from crm_ml.jobs.score import score

    result = score(settings, quiet=quiet)
    if not quiet:
        print(result)
    print(*result.paths, sep="\n")
