"""``crm-ml demo``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import Language


def command(
    *,
    out: Annotated[
        str, typer.Option("--out", help="Folder for everything that the demo makes.")
    ] = "crm-demo",
    language: Annotated[
        Language, typer.Option("--language", help="Language of list and report.")
    ] = Language.EN,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Run the main job on real CDNOW data: train, then score; no download needed."""
    start_logging(quiet, log_format)
    from crm_ml.jobs.demo import demo

    result = demo(out, language=language.value, quiet=quiet)
    print(result)
