"""From the lines of a log to one row a customer, day and side: purchases and returns are kept apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np

from crm_ml.data.windows import as_day
from crm_ml.features.grains import Table, begun_orders
from crm_ml.features.in_memory.rows import Rows
from crm_ml.features.in_memory.sorting import BITS, Ints, bits_of, first_places, packed_order
from crm_ml.features.in_memory.values import Bools, Values
from crm_ml.features.measures import MEASURES, Total, total, totals_of

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["Lines", "Place"]


@dataclass(frozen=True)
class Place:
    """Customer, day and side as one whole number that sorts as they do.

    Parameters
    ----------
    customers : int
        Customers are numbered from 0 and below.
    first_day, last_day : int
        Days lie between.
    """

    customers: int
    first_day: int
    last_day: int

    @classmethod
    def of(cls, tx: Transactions, customers: int) -> Place:
        """Return the place of lines of a log."""
        return cls(customers, as_day(tx.first_day), as_day(tx.last_day))

    @property
    def day_bits(self) -> int:
        """Bits below the customer."""
        return bits_of(self.last_day - self.first_day) + 1

    def fits(self, lines: int) -> bool:
        """Whether so many lines can be sorted by place."""
        return bits_of(self.customers) + self.day_bits + bits_of(lines) <= BITS

    def packed(self, bought: nw.Expr | int) -> nw.Expr:
        """Return the number as an expression over rows with numbers in the place of customer ids."""
        day = nw.col("day") - self.first_day
        return nw.col("customer_id") * 2**self.day_bits + day * 2 + bought

    def unpacked(self, places: Ints) -> tuple[Ints, Ints, Bools]:
        """Return customer, day, and whether it is the side of purchases."""
        day = (places & ((1 << self.day_bits) - 1)) >> 1
        day += self.first_day
        return places >> self.day_bits, day, (places & 1).astype(bool)


@dataclass(frozen=True)
class Lines:
    """The lines of a log, sorted by customer, day and side.

    Parameters
    ----------
    place : Place
        What a place means.
    packed : array of int
        Place of each line, and in the low bits where it stands in `addends`; sorted.
    addends : mapping of str to array of int
        What each line adds to a total, by the name of the total; unsorted.
    orders : tuple of array of int
        Places on which orders began, sorted, and how many; both empty when nobody asks.
    """

    place: Place
    packed: Ints
    addends: Mapping[str, Ints]
    orders: tuple[Ints, Ints]

    @classmethod
    def of(cls, tx: Transactions, log: Table, place: Place, wanted: Collection[str]) -> Lines:
        """Fetch the lines of a log.

        Parameters
        ----------
        tx : Transactions
            The log.
        log : LazyFrame
            What is known of it, with numbers in the place of customer ids.
        place : Place
            Made for it.
        wanted : collection of str
            Columns of the day grain that features need.
        """
        made = {name: total(name, tx.columns) for name in totals_of(wanted)}
        values = {name: _addend(one) for name, one in made.items() if one.how != "lines"}
        bought = nw.when(nw.col("is_purchase")).then(nw.lit(1)).otherwise(nw.lit(0))
        lines = tx.engine.to_arrow(log.select(place=place.packed(bought), **values))
        orders = _begun(tx, log, place) if "orders" in wanted and tx.has("order_id") else (_NONE, _NONE)
        addends = {name: lines[name].to_numpy() for name in values}
        return cls(place, packed_order(lines["place"].to_numpy()), addends, orders)

    def customer_at(self, line: int) -> int:
        """Return the customer of a line, counted in the order of places."""
        return int(self.packed[line] >> self._bits >> self.place.day_bits)

    def rows(self, first: int, end: int, wanted: Collection[str]) -> Rows:
        """Return the day grain of the customers from `first` up to before `end`, numbered from 0."""
        begin, stop = np.searchsorted(
            self.packed, [one << self.place.day_bits << self._bits for one in (first, end)]
        )
        packed = self.packed[begin:stop]
        places = packed >> self._bits
        starts = first_places(places)
        totals = self._totals(packed, starts)
        places = places[starts]
        customer, day, bought = self.place.unpacked(places)
        columns = {
            "day": Values(day),
            "bought": _mark(bought),
            "several": _mark(bought & (totals["lines"] > 1)),
        }
        columns |= {name: _measure(name, totals, bought) for name in MEASURES if name in wanted}
        if not {"gap", "previous_gap"}.isdisjoint(wanted):
            columns |= _gaps(customer, day, bought)
        if "orders" in wanted:
            columns["orders"] = Values(
                self._orders(places) if len(self.orders[0]) else bought.astype(np.int64)
            )
        return Rows(end - first, customer - first, columns)

    @property
    def _bits(self) -> int:
        return bits_of(len(self.packed))

    def _totals(self, packed: Ints, starts: Ints) -> dict[str, Ints]:
        totals = {"lines": np.diff(starts, append=len(packed))}
        line = packed & ((1 << self._bits) - 1)
        for name, addend in self.addends.items():
            totals[name] = np.add.reduceat(addend.take(line), starts) if len(starts) else starts
        return totals

    def _orders(self, places: Ints) -> Ints:
        begun, counts = self.orders
        at = np.minimum(np.searchsorted(begun, places), len(begun) - 1)
        return np.where(begun[at] == places, counts[at], 0)


_NONE: Ints = np.zeros(0, dtype=np.int64)


def _addend(one: Total) -> nw.Expr:
    """Return what a line adds to a total."""
    value = one.value()
    added = value.fill_null(0) if one.how == "sum" else ~value.is_null()
    return added.cast(nw.Int64)


def _begun(tx: Transactions, log: Table, place: Place) -> tuple[Ints, Ints]:
    """Return the places on which orders began, sorted, and how many."""
    begun = tx.engine.to_arrow(begun_orders(log).select("orders", place=place.packed(1)))
    places, orders = begun["place"].to_numpy(), begun["orders"].to_numpy()
    order = np.argsort(places)
    return places[order], orders[order]


def _measure(name: str, totals: Mapping[str, Ints], bought: Bools) -> Values:
    made, lines = totals[MEASURES[name].total], MEASURES[name].lines
    if lines == "all":
        return Values(made)
    counted = bought if lines == "purchases" else ~bought
    return Values(made if counted.all() else np.where(counted, made, 0))


def _mark(condition: Bools) -> Values:
    """Return 1 or null: what is counted."""
    return Values(np.broadcast_to(1, condition.shape), ~condition)


def _gaps(customer: Ints, day: Ints, bought: Bools) -> dict[str, Values]:
    """Return the days since the previous purchase day, and the gap before that one."""
    at = np.flatnonzero(bought)
    gap = np.diff(day[at], prepend=0)
    first = np.diff(customer[at], prepend=-1) != 0
    previous, second = np.roll(gap, 1), np.roll(first, 1) | first
    return {"gap": _on(at, len(day), gap, first), "previous_gap": _on(at, len(day), previous, second)}


def _on(at: Ints, rows: int, values: Ints, null: Bools) -> Values:
    """Put values on some of the rows, null on the others."""
    if len(at) == rows:
        return Values(values, null)
    data, lacking = np.zeros(rows, dtype=values.dtype), np.ones(rows, dtype=bool)
    data[at], lacking[at] = values, null
    return Values(data, lacking)
