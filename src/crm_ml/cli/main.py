"""``crm-ml``: one file a verb, each calling one function of `jobs`."""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from typing import Annotated

import typer

from crm_ml import __version__
from crm_ml.base.exceptions import CrmMlError, DriftError
from crm_ml.cli.exit_codes import ExitCode

__all__ = ["VERBS", "app", "run"]

# In the order of the help text; the module of a verb has a function `command` and imports no job at its top.
VERBS = (
    "demo",
    "init",
    "check",
    "features",
    "train",
    "score",
    "monitor",
    "uplift",
    "analyse",
    "card",
    "backtest",
    "compare",
    "promote",
    "serve",
    "forget",
    "schema",
)

app = typer.Typer(
    name="crm-ml",
    help="What a customer base is worth and what is about to be lost, from transaction history.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for _verb in VERBS:
    app.command(_verb)(import_module(f"crm_ml.cli.{_verb}").command)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"crm-ml {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def run() -> None:
    """Run the command line; a wrong input gives one message and exit code 2, never a traceback."""
    try:
        app()
    except DriftError as error:
        _stop(str(error), ExitCode.REFUSED)
    except CrmMlError as error:
        _stop(str(error), ExitCode.WRONG_INPUT)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        _stop(f"{error.strerror or error}{where}", ExitCode.MACHINE)


def _stop(message: str, code: ExitCode) -> None:
    logger = logging.getLogger("crm_ml")
    if logger.handlers:  # the verb has started: in the format that was asked for
        logger.error("%s", message)
    else:
        print(f"error: {message}", file=sys.stderr)
    sys.exit(code)
