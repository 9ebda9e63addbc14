"""What a command says on standard error: lines for people or JSON for machines."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

__all__ = ["LogFormat", "LogFormatOption", "Quiet", "start_logging"]

_LOGGER = logging.getLogger("crm_ml")


class LogFormat(StrEnum):
    """How messages look."""

    TEXT = "text"
    JSON = "json"


Quiet = Annotated[bool, typer.Option("--quiet", help="Print the result only, no progress and no notes.")]
LogFormatOption = Annotated[
    LogFormat, typer.Option("--log-format", help="Messages as text or as JSON lines.")
]


def start_logging(quiet: bool, log_format: LogFormat) -> None:
    """Send messages and warnings of crm_ml to standard error; warnings and errors also when `quiet`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLine() if log_format is LogFormat.JSON else _TextLine())
    _LOGGER.handlers = [handler]
    _LOGGER.setLevel(logging.WARNING if quiet else logging.INFO)
    _LOGGER.propagate = False
    warnings.showwarning = _log_warning


class _TextLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return text if record.levelno <= logging.INFO else f"{record.levelname.lower()}: {text}"


class _JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": record.levelname.lower(), "logger": record.name}
        line["message"] = record.getMessage()
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _log_warning(message: Warning | str, category: type[Warning], *_place: object, **_file: object) -> None:
    from crm_ml.base.exceptions import CrmMlWarning

    # A marketer cannot act on another package's deprecation; crm_ml's own warnings are about the data.
    level = logging.WARNING if issubclass(category, CrmMlWarning) else logging.DEBUG
    _LOGGER.log(level, "%s", message)
