"""Optional packages, which fail on first use with the exact install command."""

from __future__ import annotations

import importlib
from types import ModuleType

from crm_ml.base.exceptions import MissingPackageError

__all__ = ["require"]


def require(module: str, *, extra: str) -> ModuleType:
    """Import an optional package, or say how to install it.

    Parameters
    ----------
    module : str
        Name to import, such as ``"polars"``.
    extra : str
        The extra of ``crm-ml`` that brings it.

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    MissingPackageError
        When the package is not installed.

    Examples
    --------
    >>> require("json", extra="none").dumps([1])
    '[1]'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingPackageError(
            f"the package {module.partition('.')[0]!r} is needed here and is not installed",
            do=f'install it with: pip install "crm-ml[{extra}]"',
        ) from error
