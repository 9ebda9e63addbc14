"""``crm-ml train CONFIG``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import Config


def command(
    config: Config,
    *,
    out: Annotated[
        str | None, typer.Option("--out", help="Folder for the bundle, instead of the config's.")
    ] = None,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Train all models on transactions, compare them on later data, export a bundle.

    The last line printed is the folder of the bundle.
    """
    start_logging(quiet, log_format)
    from crm_ml.jobs.config import TrainConfig
    from crm_ml.jobs.config_file import load_config

    settings = load_config(
        config, TrainConfig, {"out": out}
    )  # before the heavy imports: a mistake shows at once
    from crm_ml.jobs.train import train

    result = train(settings, quiet=quiet)
    if not quiet:
        print(result)
        if result.run_id:
            print(f"\nrun {result.run_id} in {result.store}\nbundle:")
    print(result.bundle_folder)
