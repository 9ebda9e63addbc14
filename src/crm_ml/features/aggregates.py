"""What a formula may ask of the rows of a customer, and how an engine is asked for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, TypeAlias

import narwhals as nw

from crm_ml.features.in_memory.values import Values

__all__ = ["Aggregate", "Column", "EngineGrain", "Grain", "when"]

Column: TypeAlias = "nw.Expr | Values"
Aggregate = Literal["sum", "count", "min", "max", "median"]


def when(condition: Column, value: Any, otherwise: Any = None) -> Column:
    """Return `value` where a condition holds, `otherwise` (null when not given) where not or unknown."""
    if isinstance(condition, Values):
        return condition.choose(value, otherwise)
    chosen = nw.when(condition).then(_literal(value))
    return chosen if otherwise is None else chosen.otherwise(_literal(otherwise))


def _literal(value: Any) -> nw.Expr:
    return nw.lit(value) if isinstance(value, int | float) else value


class Grain(ABC):
    """A table at one grain as a formula sees it: rows of customers, of which it hands out aggregates.

    A formula asks for aggregates a customer (``day.sum("orders", last=90)``) and combines them; with
    ``day["gap"]`` it makes columns of rows to be aggregated. Both are columns of numbers with nulls: on an
    engine expressions of Narwhals, in memory :class:`crm_ml.features.in_memory.values.Values`.

    Parameters
    ----------
    name : str
        One of :data:`crm_ml.features.grains.GRAINS`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def __getitem__(self, column: str) -> Column:
        """Return a column of the grain, for an expression over its rows."""

    @abstractmethod
    def aggregate(self, kind: Aggregate, what: str | Column) -> Column:
        """Return an aggregate of a column or expression, as floats."""

    @abstractmethod
    def recent_sum(self, what: str | Column, last: int) -> Column:
        """Return the sum over the rows of the last so many days."""

    def sum(self, what: str | Column, last: int | None = None) -> Column:
        """Return the sum over a customer's rows, of the last so many days when given."""
        return self.aggregate("sum", what) if last is None else self.recent_sum(what, last)

    def count(self, what: str | Column) -> Column:
        """Return the number of a customer's rows with a value."""
        return self.aggregate("count", what)

    def min(self, what: str | Column) -> Column:
        """Return the smallest value of a customer."""
        return self.aggregate("min", what)

    def max(self, what: str | Column) -> Column:
        """Return the largest value of a customer."""
        return self.aggregate("max", what)

    def median(self, what: str | Column) -> Column:
        """Return the median of a customer's values."""
        return self.aggregate("median", what)


class EngineGrain(Grain):
    """A grain whose aggregates are expressions; it remembers which were asked for, each of them once.

    All of them are computed in one pass.

    Examples
    --------
    >>> day = EngineGrain("day")
    >>> recency = day.min("purchase_age")
    >>> sorted(day.columns)
    ['purchase_age']
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.columns: set[str] = set()
        self.asked: dict[str, nw.Expr] = {}
        self._names: dict[str, str] = {}

    def __getitem__(self, column: str) -> nw.Expr:
        """Return a column of the grain, for an expression over its rows."""
        self.columns.add(column)
        return nw.col(column)

    def aggregate(self, kind: Aggregate, what: str | Column) -> nw.Expr:
        """Return the place of an aggregate, which is now asked for."""
        values = self._values(what)
        name = self._names.setdefault(f"{kind} {values!r}", f"_{self.name}_{kind}_{len(self.asked)}")
        if name not in self.asked:
            # One type for every engine: integer sums come as decimal(38, 0), bigint or unsigned.
            self.asked[name] = getattr(values, kind)().cast(nw.Float64).alias(name)
        return nw.col(name)

    def recent_sum(self, what: str | Column, last: int) -> nw.Expr:
        """Return the place of the sum over the last so many days."""
        # Zero where the row is too old, and no lower end: that is the cheapest sum an engine has. A window
        # that ended before the cutoff is the difference of two of them.
        return self.aggregate("sum", when(self["age"] <= last, self._values(what), 0))

    def _values(self, what: str | Column) -> Column:
        return self[what] if isinstance(what, str) else what
