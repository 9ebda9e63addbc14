"""What MLflow says that nobody can act on, held back while we call it, message by message."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["quiet"]

# Each is MLflow's to mend and harmless here; a new one shows up and fails a test.
_WARNINGS = (
    "The ``noload`` loader strategy is deprecated",  # with SQLAlchemy 2.1
    ".*Any type hint is inferred as AnyType",  # MLflow's own types, when it is imported
    "Operation with range is deprecated",  # with pandas 3.1, when an input example is stored
)
_LOGGERS = ("mlflow.store.db.utils", "mlflow.pyfunc", "mlflow.models", "alembic")


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back the known remarks of MLflow; errors and unknown warnings pass."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for message in _WARNINGS:
                warnings.filterwarnings("ignore", message=message)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
