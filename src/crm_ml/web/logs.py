"""One JSON line a request: what was asked and how it went, nothing of whom it was about.

Routes stand as templates (``/v1/customers/{customer_id}``), never as addresses; no query, no body, no message
of an error, since data stand in all of them.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["log", "origin_of", "start_logs"]

_LOGGER = logging.getLogger("crm_ml.web")


def start_logs() -> None:
    """Write JSON lines to standard error, those of the server underneath too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLine())
    for name in ("crm_ml.web", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False


def log(event: str, *, level: int = logging.INFO, **facts: Any) -> None:
    """Write one line."""
    if _LOGGER.isEnabledFor(level):
        # Made by hand: looking for the calling line takes longer than writing this one.
        record = logging.LogRecord(_LOGGER.name, level, "", 0, event, (), None)
        record.facts = facts
        _LOGGER.handle(record)


def origin_of(error: BaseException) -> str:
    """Return kind and place of a defect, without its message, which may quote data."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    where = f" at {last.filename.rsplit('site-packages', 1)[-1]}:{last.lineno}" if last else ""
    return f"{type(error).__name__}{where}"


class _JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts: Mapping[str, Any] = getattr(record, "facts", {})
        line = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage(), **facts}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = origin_of(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)
