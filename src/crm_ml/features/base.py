"""What a feature is: one documented function from a grain to a Narwhals expression."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import narwhals as nw

__all__ = ["FeatureSpec", "Formula", "Grain", "declaration", "feature"]

Dtype = Literal["int", "float"]


class Grain:
    """A table at one grain as a feature sees it: it hands out aggregates and remembers which.

    A feature asks for aggregates a customer (``day.sum("orders", last=90)``) and combines them. All
    aggregates that the features of a grain ask for are computed in one pass, each of them once.

    Parameters
    ----------
    name : str
        One of :data:`crm_ml.features.grains.GRAINS`.

    Examples
    --------
    >>> day = Grain("day")
    >>> recency = day.min("purchase_age")
    >>> sorted(day.columns)
    ['purchase_age']
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.columns: set[str] = set()
        self.asked: dict[str, nw.Expr] = {}
        self._names: dict[str, str] = {}

    def __getitem__(self, column: str) -> nw.Expr:
        """Return a column of the grain, for an expression over its rows."""
        self.columns.add(column)
        return nw.col(column)

    def sum(self, what: str | nw.Expr, last: int | None = None) -> nw.Expr:
        """Return the sum over a customer's rows, of the last so many days when given."""
        if last is None:
            return self._ask("sum", what)
        # Zero where the row is too old, and no lower end: that is the cheapest sum an engine has. A window
        # that ended before the cutoff is the difference of two of them.
        return self._ask("sum", nw.when(self["age"] <= last).then(self._values(what)).otherwise(nw.lit(0)))

    def count(self, what: str | nw.Expr) -> nw.Expr:
        """Return the number of a customer's rows with a value."""
        return self._ask("count", what)

    def min(self, what: str | nw.Expr) -> nw.Expr:
        """Return the smallest value of a customer."""
        return self._ask("min", what)

    def max(self, what: str | nw.Expr) -> nw.Expr:
        """Return the largest value of a customer."""
        return self._ask("max", what)

    def median(self, what: str | nw.Expr) -> nw.Expr:
        """Return the median of a customer's values."""
        return self._ask("median", what)

    def _values(self, what: str | nw.Expr) -> nw.Expr:
        return self[what] if isinstance(what, str) else what

    def _ask(self, kind: str, what: str | nw.Expr) -> nw.Expr:
        values = self._values(what)
        name = self._names.setdefault(f"{kind} {values!r}", f"_{self.name}_{kind}_{len(self.asked)}")
        if name not in self.asked:
            # One type for every engine: integer sums come as decimal(38, 0), bigint or unsigned.
            self.asked[name] = getattr(values, kind)().cast(nw.Float64).alias(name)
        return nw.col(name)


Formula: TypeAlias = Callable[[Grain], nw.Expr]


@dataclass(frozen=True)
class FeatureSpec:
    """A feature as the catalogue lists it.

    Parameters
    ----------
    name, group : str
        Column name and the behaviour it belongs to.
    grain : str
        The table it is computed over.
    unit : str
        What one means; ``"currency"`` at the start for money.
    meaning : str
        The behaviour it measures, in one line.
    dtype : {"int", "float"}
        int → Int64, never null; float → Float64.
    null : str
        When it is null; ``"never"`` otherwise.
    formula : callable
        The function itself.
    looks_back : int
        Days of history without which it does not mean what it says.
    """

    name: str
    group: str
    grain: str
    unit: str
    meaning: str
    dtype: Dtype
    null: str
    formula: Formula
    looks_back: int = 0

    @functools.cached_property
    def columns(self) -> frozenset[str]:
        """Columns of the grain that it uses."""
        # Running the formula on an empty grain tells; nobody has to list them by hand.
        grain = Grain(self.grain)
        self.formula(grain)
        return frozenset(grain.columns)

    @property
    def money(self) -> bool:
        """Whether the value scales with the money of the log."""
        return self.unit.startswith("currency")


def feature(
    group: str,
    *,
    unit: str,
    meaning: str,
    dtype: Dtype = "float",
    null: str = "never",
    grain: str = "day",
    looks_back: int = 0,
) -> Callable[[Formula], Formula]:
    """Declare a function as a feature; the catalogue finds it by this mark.

    Parameters
    ----------
    group, unit, meaning, dtype, null, grain, looks_back
        As in :class:`FeatureSpec`; the function's name is the feature's name.

    Examples
    --------
    >>> @feature("rfm", unit="days", meaning="days since the last purchase day", dtype="int")
    ... def recency(day: Grain) -> nw.Expr:
    ...     return day.min("purchase_age")
    >>> declaration(recency).columns
    frozenset({'purchase_age'})
    """

    def declare(formula: Formula) -> Formula:
        facts = {
            "group": group,
            "grain": grain,
            "unit": unit,
            "meaning": meaning,
            "dtype": dtype,
            "null": null,
            "looks_back": looks_back,
        }
        formula.__dict__["feature"] = facts
        return formula

    return declare


def declaration(formula: Any) -> FeatureSpec | None:
    """Return what `feature` said about an object, or None when it is no feature."""
    facts = getattr(formula, "__dict__", {}).get("feature")
    if not isinstance(facts, dict) or not callable(formula):
        return None
    return FeatureSpec(name=formula.__name__, formula=formula, **facts)
