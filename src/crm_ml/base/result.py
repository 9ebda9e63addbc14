"""A computed table that knows what it is: parameters, basis, n, warnings, formula, source."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Result"]


@dataclass(frozen=True)
class Result:
    """The outcome of an analysis: a table with everything a reader needs to trust it.

    Parameters
    ----------
    name : str
        Stable identifier such as ``"abc"``; also the name of its sheet and file.
    table : DataFrame
        The main table.
    parameters : mapping
        The arguments that made it, plain values only.
    basis : str
        What money means here: ``"revenue"``, ``"margin"``, ``"profit"``, with or without VAT; empty for none.
    n : int
        Number of customers (or rows) behind it.
    warnings : tuple of str
        What a reader must know before using it.
    formula, source : str
        How it is computed and where that comes from.
    tables : mapping
        Further tables by name.
    figures : mapping
        Single numbers by name (a Gini, an index, a total).
    plotter : callable, optional
        ``plotter(result, language) -> Figure``; set by the analysis that made the result.

    Examples
    --------
    >>> import pandas as pd
    >>> Result("abc", pd.DataFrame({"class": ["A"]}), n=1, basis="revenue")
    Result('abc', 1 rows, n=1, basis='revenue')
    """

    name: str
    table: pd.DataFrame
    parameters: Mapping[str, Any] = field(default_factory=dict)
    basis: str = ""
    n: int = 0
    warnings: tuple[str, ...] = ()
    formula: str = ""
    source: str = ""
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    plotter: Callable[[Result, str], Figure] | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        return f"Result({self.name!r}, {len(self.table)} rows, n={self.n}, basis={self.basis!r})"

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{html.escape(warning)}</li>" for warning in self.warnings)
        head = f"<strong>{html.escape(self.name)}</strong> · n = {self.n:,}"
        basis = f" · {html.escape(self.basis)}" if self.basis else ""
        shown = self.table.to_html(max_rows=20, border=0, escape=True)
        return f"<p>{head}{basis}</p><ul>{notes}</ul>{shown}"

    def explain(self) -> str:
        """Return formula, source, parameters and warnings as text."""
        lines = [f"{self.name} (n = {self.n:,}; basis: {self.basis or 'none'})"]
        lines += [f"formula: {self.formula}"] if self.formula else []
        lines += [f"source: {self.source}"] if self.source else []
        lines += [f"{key} = {value}" for key, value in self.parameters.items()]
        return "\n".join(lines + [f"note: {warning}" for warning in self.warnings])

    def plot(self, language: str = "en") -> Figure:
        """Draw the result.

        Raises
        ------
        InputError
            When this result has no plot of its own.
        """
        from crm_ml.base.exceptions import InputError

        if self.plotter is None:
            raise InputError(f"the result {self.name!r} has no plot", do="use its .table")
        return self.plotter(self, language)

    def with_warnings(self, *more: str) -> Result:
        """Return the same result with more warnings."""
        return dataclasses.replace(self, warnings=(*self.warnings, *more))
