"""One grammar and one tree of errors."""

from __future__ import annotations

import inspect

import pytest

from crm_ml.base import exceptions
from crm_ml.base.exceptions import CrmMlError, FileError, InputError


def test_a_message_says_what_is_wrong_what_was_got_and_what_to_do():
    error = InputError("no rows", got="a header", do="check the export")
    assert str(error) == "no rows – got: a header – check the export"
    assert str(InputError("no rows")) == "no rows"


@pytest.mark.parametrize(
    "name", [one for one in exceptions.__all__ if one not in {"CrmMlError", "CrmMlWarning"}]
)
def test_every_error_is_one_of_ours_and_a_builtin_that_a_caller_expects(name):
    found = getattr(exceptions, name)
    assert issubclass(found, CrmMlError)
    assert issubclass(found, (ValueError, ImportError))
    assert name in inspect.getdoc(exceptions)


def test_a_file_error_is_an_os_error_too():
    assert issubclass(FileError, OSError)
    assert str(FileError("file not found", got="a.csv")) == "file not found – got: a.csv"


def test_problems_are_collected():
    error = InputError.collected(["row 1: no date", "row 7: no amount"], what="rows cannot be read")
    assert "2 problems" in str(error)
    assert "row 7" in str(error)
