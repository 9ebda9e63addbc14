"""Every error of crm_ml: one tree, one grammar.

::

    CrmMlError
    ├── InputError               (ValueError)    the data or an argument is wrong
    │   ├── FileError            (OSError)       a file is missing, unreadable, or not what its name says
    │   ├── ColumnError          (LookupError)   a mapped column is missing or ambiguous
    │   ├── WindowError                          a cutoff or horizon does not fit the data
    │   ├── ForbiddenAttributeError              a feature that the law or the config forbids
    │   └── ConfigError                          a config file is wrong: file, line, key
    ├── DriftError               (ValueError)    customers no longer look like those of the training
    ├── BundleError              (ValueError)    a bundle is damaged, changed or of an unknown format
    └── MissingPackageError      (ImportError)   an optional package is not installed

A message reads: *what is wrong – what was got – what to do*.

Examples
--------
>>> print(InputError("no rows", got="a header with 3 columns", do="check the export"))
no rows – got: a header with 3 columns – check the export
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "BundleError",
    "ColumnError",
    "ConfigError",
    "CrmMlError",
    "CrmMlWarning",
    "DriftError",
    "FileError",
    "ForbiddenAttributeError",
    "InputError",
    "MissingPackageError",
    "WindowError",
]


class CrmMlError(Exception):
    """Root of the tree; catch this to catch everything that crm_ml raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong.
    got : object, optional
        What was got instead; shown with ``str``.
    do : str, optional
        What the reader can do about it.
    """

    def __init__(self, what: str, *, got: object = None, do: str | None = None) -> None:
        self.what = what
        self.got = got
        self.do = do
        parts = [what, f"got: {got}" if got is not None else None, do]
        self.message = " – ".join(part for part in parts if part)
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


class InputError(CrmMlError, ValueError):
    """The data or an argument is wrong."""

    @classmethod
    def collected(cls, problems: Sequence[str], *, what: str, do: str | None = None) -> InputError:
        """Make one error of several problems, so that a user mends them in one round."""
        listed = "; ".join(problems)
        return cls(f"{what} ({len(problems)} problem{'s' if len(problems) != 1 else ''})", got=listed, do=do)


class FileError(InputError, OSError):
    """A file is missing, not readable, or not what its name says."""


class ColumnError(InputError, LookupError):
    """A mapped column is missing or ambiguous."""


class WindowError(InputError):
    """A cutoff or horizon does not fit the observed period."""


class ForbiddenAttributeError(InputError):
    """A feature judges people on an attribute that is forbidden."""


class ConfigError(InputError):
    """A config file is wrong; the message names file, line and key."""


class BundleError(CrmMlError, ValueError):
    """A bundle is damaged, changed after export, or of an unknown format."""


class DriftError(CrmMlError, ValueError):
    """The data are sound, but too unlike those that a model was fitted for: a person must look."""


class MissingPackageError(CrmMlError, ImportError):
    """An optional package is not installed; the message holds the install command."""


class CrmMlWarning(UserWarning):
    """Category of every warning that crm_ml gives."""
