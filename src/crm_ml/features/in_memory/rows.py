"""Rows of customers, sorted, and their aggregates."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from crm_ml.features.aggregates import Aggregate, Grain
from crm_ml.features.in_memory.sorting import Ints, sorted_within
from crm_ml.features.in_memory.sums import running_totals
from crm_ml.features.in_memory.values import Bools, Values

__all__ = ["Rows", "RowsGrain"]

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Rows:
    """The rows of a grain, sorted by customer and, where they have days, by day.

    Parameters
    ----------
    customers : int
        How many customers there are; some may have no row.
    customer : array of int
        Number of the customer of each row, ascending from 0.
    columns : mapping of str to Values
        What is known of each row, ``day`` among it where rows have one.
    """

    customers: int
    customer: Ints
    columns: Mapping[str, Values]

    def where(self, keep: Bools) -> Rows:
        """Return some of the rows."""
        if keep.all():
            return self
        return Rows(
            self.customers, self.customer[keep], {name: one[keep] for name, one in self.columns.items()}
        )

    def among(self, chosen: Bools) -> Rows:
        """Return the rows of some customers, who are numbered anew."""
        if chosen.all():
            return self
        kept = self.where(chosen[self.customer])
        return Rows(int(chosen.sum()), (np.cumsum(chosen) - 1)[kept.customer], kept.columns)

    def between(self, first: int, end: int) -> Rows:
        """Return the rows of the customers from `first` up to before `end`, numbered from 0."""
        part = slice(*np.searchsorted(self.customer, [first, end]))
        taken = {name: one[part] for name, one in self.columns.items()}
        return Rows(end - first, self.customer[part] - first, taken)

    def plus(self, **columns: Values) -> Rows:
        """Return the rows with more columns."""
        return Rows(self.customers, self.customer, {**self.columns, **columns})

    @functools.cached_property
    def counts(self) -> Ints:
        """Rows of each customer."""
        return np.bincount(self.customer, minlength=self.customers)

    @functools.cached_property
    def ends(self) -> Ints:
        """Row behind the last one of each customer."""
        return np.cumsum(self.counts)


class RowsGrain(Grain):
    """A grain whose aggregates are computed when they are asked for.

    Only whole numbers are summed. A sum is the difference of two running totals: exact, and a sum over recent
    days needs no second look at the rows.

    Parameters
    ----------
    name : str
        Name of the grain.
    rows : Rows
        What was known at the cutoff, with ``age`` when sums over recent days are asked for.

    Examples
    --------
    >>> columns = {"age": Values(np.array([40, 9, 7])), "worth": Values(np.array([1, 2, 3]))}
    >>> day = RowsGrain("day", Rows(2, np.array([0, 0, 1]), columns))
    >>> day.sum("worth").to_list(), day.sum("worth", last=30).to_list()
    ([3.0, 3.0], [2.0, 3.0])
    """

    def __init__(self, name: str, rows: Rows) -> None:
        super().__init__(name)
        self._rows = rows
        self._made: dict[tuple[str, object], Any] = {}

    def __getitem__(self, column: str) -> Values:
        """Return a column of the rows."""
        return self._rows.columns[column]

    def aggregate(self, kind: Aggregate, what: Any) -> Values:
        """Compute an aggregate; of a column only once."""
        compute: Callable[[Any], Values] = getattr(self, f"_{kind}")
        return self._once((kind, what), lambda: compute(what))

    def recent_sum(self, what: Any, last: int) -> Values:
        """Compute the sum over the last so many days."""
        return self._sum_of_last(self._once(("recent", last), lambda: self._recent(last)), what)

    def _sum(self, what: str | Values) -> Values:
        return self._sum_of_last(self._rows.counts, what)

    def _sum_of_last(self, rows: Ints, what: str | Values) -> Values:
        """Return the sum over the last so many rows of each customer."""
        totals = self._once(("totals", what), lambda: self._totals(self._column(what)))
        return _floats(totals[self._rows.ends] - totals[self._rows.ends - rows])

    def _count(self, what: str | Values) -> Values:
        null = self._column(what).null
        return _floats(self._rows.counts) if null is None else self._sum(Values(~null))

    def _min(self, what: str | Values) -> Values:
        return self._known(what).reduced(np.minimum)

    def _max(self, what: str | Values) -> Values:
        return self._known(what).reduced(np.maximum)

    def _median(self, what: str | Values) -> Values:
        return self._known(what).median()

    def _recent(self, last: int) -> Ints:
        """Return how many rows of each customer lie within the last so many days: the last ones."""
        return np.diff(self._totals(self["age"] <= last)[self._rows.ends], prepend=0)

    def _totals(self, values: Values) -> npt.NDArray[Any]:
        """Return running totals, to which nulls add nothing."""
        return running_totals(values.fill_null(0).data, int(self._rows.counts.max(initial=0)))

    def _known(self, what: str | Values) -> _Known:
        """Return the values that are not null."""
        return self._once(("known", what), lambda: _Known.of(self._column(what), self._rows))

    def _column(self, what: str | Values) -> Values:
        return self[what] if isinstance(what, str) else what

    def _once(self, key: tuple[str, object], compute: Callable[[], _Made]) -> _Made:
        if isinstance(key[1], Values):  # an expression, which nobody else will ask for
            return compute()
        if key not in self._made:
            self._made[key] = compute()
        made: _Made = self._made[key]
        return made


@dataclass(frozen=True)
class _Known:
    """The values of a column that are not null, and how many each customer has."""

    data: npt.NDArray[Any]
    customer: Ints
    rows: Ints

    @classmethod
    def of(cls, values: Values, rows: Rows) -> _Known:
        if values.null is None:
            return cls(values.data, rows.customer, rows.counts)
        known = ~values.null
        customer = rows.customer[known]
        return cls(values.data[known], customer, np.bincount(customer, minlength=rows.customers))

    def reduced(self, ufunc: np.ufunc) -> Values:
        """Return the values of each customer taken together, null where there is none."""
        some = self.rows > 0
        found = np.zeros(len(self.rows))
        if len(self.data):
            found[some] = ufunc.reduceat(self.data, (np.cumsum(self.rows) - self.rows)[some])
        return Values(found, ~some)

    def median(self) -> Values:
        """Return the median of each customer: the middle value, or the mean of the two in the middle."""
        some = self.rows > 0
        ordered = sorted_within(self.data, self.customer)
        starts, rows = (np.cumsum(self.rows) - self.rows)[some], self.rows[some]
        found = np.zeros(len(self.rows))
        # Halves are exact, and two of them never run over.
        found[some] = ordered[starts + (rows - 1) // 2] / 2 + ordered[starts + rows // 2] / 2
        return Values(found, ~some)


def _floats(counts: npt.NDArray[Any]) -> Values:
    return Values(counts.astype(np.float64))
