"""A figure of the scorecard for one period."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from crm_ml.analysis.company import Company
from crm_ml.data.windows import Window

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["Read", "Reading", "figure_of"]


class Reading(NamedTuple):
    """A figure and the number of customers, lines or answers behind it."""

    value: float
    n: int


#: Reads a figure from what a company knows of a period; None when a table that it needs is absent.
Read: TypeAlias = Callable[[Company, Window], "Reading | None"]


def figure_of(result: Result, name: str, column: str = "", row: int = -1) -> Reading | None:
    """Return a figure of a result, or a cell of its table; None when it was not computed."""
    if result.table.empty:
        return None
    value = result.table[column].iloc[row] if column else result.figures.get(name, float("nan"))
    return Reading(float(value), result.n)
