"""``crm-ml compare A B``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_ml.cli.logs import LogFormat, LogFormatOption, Quiet, start_logging
from crm_ml.cli.options import DataOption, OptionalConfig, Store

_WHICH = "Folder of a bundle, or an alias or version of the registry."


def command(
    first: Annotated[str, typer.Argument(metavar="A", help=_WHICH)],
    second: Annotated[str, typer.Argument(metavar="B", help=_WHICH)],
    *,
    data: DataOption = None,
    config: OptionalConfig = None,
    store: Store = None,
    quiet: Quiet = False,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Compare two bundles on the latest customers that neither has learnt from, with paired intervals."""
    start_logging(quiet, log_format)
    from crm_ml.jobs.config import RegistryConfig
    from crm_ml.jobs.config_file import load_config

    settings = load_config(config, RegistryConfig, {"data.path": data, "tracking.store": store})
    from crm_ml.jobs.compare import compare

    print(compare(first, second, settings))
