"""``crm-ml serve --bundle DIR | --alias champion [--data scored.parquet]``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from crm_ml.cli.logs import LogFormat, start_logging
from crm_ml.cli.options import OptionalConfig, Store


def command(
    *,
    bundle: Annotated[str | None, typer.Option("--bundle", help="Folder that `train` exported.")] = None,
    alias: Annotated[str | None, typer.Option("--alias", help="Registry alias such as champion.")] = None,
    data: Annotated[
        str | None, typer.Option("--data", help="Parquet list to serve customers and the risk list from.")
    ] = None,
    config: OptionalConfig = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on; 0: any free one.")] = None,
    store: Store = None,
    new_key: Annotated[
        str | None, typer.Option("--new-key", metavar="NAME", help="Print a new key for a client, and end.")
    ] = None,
) -> None:
    """Serve a bundle over HTTP: scores on request, customers and pages of a scored list.

    Logs are JSON lines on standard error. Stops on SIGTERM when running requests are done.
    """
    start_logging(quiet=False, log_format=LogFormat.JSON)
    if new_key is not None:
        from crm_ml.jobs.serve import new_key as made

        key, entry = made(new_key)
        print(f"key (shown once, give it to {new_key}): {key}")
        print(f"config: keys: [{json.dumps(entry)}]")
        return
    from crm_ml.web.server import check_packages, run_server

    check_packages()
    from crm_ml.jobs.config import ServeConfig
    from crm_ml.jobs.config_file import load_config
    from crm_ml.jobs.serve import open_served

    given = {"bundle": bundle, "alias": alias, "data": data, "host": host, "port": port}
    settings = load_config(config, ServeConfig, {**given, "tracking.store": store})
    run_server(open_served(settings))
