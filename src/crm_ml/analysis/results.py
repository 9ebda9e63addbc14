"""How an analysis hands out its result, and how it says that a table is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from crm_ml.analysis.words import Note, note
from crm_ml.base.exceptions import InputError
from crm_ml.base.result import Result

__all__ = ["attempt", "empty_result", "finished", "not_computed"]


def finished(name: str, table: pd.DataFrame, *, source: str, **rest: Any) -> Result:
    """Make the result of the analysis `name`, whose formula stands in the texts.

    Parameters
    ----------
    name : str
        Name of the analysis, a key of the theme ``analysis_formulas``.
    table : DataFrame
        Main table.
    source : str
        Item of the specification and literature.
    **rest
        Further fields of :class:`~crm_ml.base.result.Result`.
    """
    return Result(name, table, formula=Note(f"analysis_formulas.{name}"), source=source, **rest)


def not_computed(name: str, *missing: str, **rest: Any) -> Result:
    """Make the result that names what is missing and invents nothing.

    Parameters
    ----------
    name : str
        Name of the analysis.
    *missing : str
        Tables (``costs``) or columns of the transactions (``cost``) that it needs.

    Examples
    --------
    >>> result = not_computed("customer_profit", "costs")
    >>> result.warnings, result.warnings[0].said("nl")
    (('not computed: cost table missing',), 'niet berekend: kostentabel ontbreekt')
    """
    return empty_result(name, *(note("not_computed", table=_named(table)) for table in missing), **rest)


def empty_result(name: str, *why: str, **rest: Any) -> Result:
    """Make a result without rows that says why it has none."""
    formula = Note(f"analysis_formulas.{name}")
    return Result(name, pd.DataFrame(), formula=formula, warnings=why, **rest)


def attempt(name: str, function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Run an analysis; when the data do not allow it, say why in a result of that name."""
    try:
        return function(*args, **kwargs)
    except InputError as error:
        return empty_result(name, note("not_possible", why=error.message))


def _named(table: str) -> Note:
    return Note(f"analysis_missing.{table}")
