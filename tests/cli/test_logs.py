"""What goes to standard error: our warnings always, another package's remarks never."""

import logging
import warnings

import pytest

from crm_ml.base.exceptions import CrmMlWarning
from crm_ml.cli.logs import LogFormat, start_logging


@pytest.fixture
def fresh_logging():
    """Leave logging and warnings as they were."""
    logger, shown = logging.getLogger("crm_ml"), warnings.showwarning
    kept = (logger.handlers, logger.level, logger.propagate)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        yield logger
    logger.handlers, logger.level, logger.propagate = kept
    warnings.showwarning = shown


@pytest.mark.parametrize("quiet", [True, False])
def test_warnings(fresh_logging, capsys, quiet):
    """A warning about the data is shown even when quiet; a deprecation elsewhere never is."""
    start_logging(quiet, LogFormat.TEXT)
    warnings.warn("the history is short", CrmMlWarning, stacklevel=1)
    warnings.warn("use something else", DeprecationWarning, stacklevel=1)
    assert capsys.readouterr().err == "warning: the history is short\n"


def test_quiet_keeps_notes_back(fresh_logging, capsys):
    """Notes are for people who watch."""
    for quiet in (True, False):
        start_logging(quiet, LogFormat.TEXT)
        fresh_logging.info("reading")
    assert capsys.readouterr().err == "reading\n"
