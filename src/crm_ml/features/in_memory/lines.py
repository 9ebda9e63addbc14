"""The lines of a log as arrays, sorted by customer, day and side."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np

from crm_ml.data.windows import as_day
from crm_ml.features.grains import Table, begun_orders
from crm_ml.features.in_memory.sorting import BITS, Ints, bits_of, packed_order
from crm_ml.features.in_memory.values import Bools
from crm_ml.features.measures import Total, total, totals_of

if TYPE_CHECKING:
    import pyarrow as pa

    from crm_ml.data.transactions import Transactions

__all__ = ["LABELS", "Lines", "Place"]

#: Grains that are made from the labels of lines.
LABELS = {"product": "product_id", "category": "category"}


@dataclass(frozen=True)
class Place:
    """Customer, day and side as one whole number that sorts as they do; purchases and returns are sides.

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
        customer: nw.Expr = nw.col("customer_id") * 2**self.day_bits
        return customer + (nw.col("day") - self.first_day) * 2 + bought

    def unpacked(self, places: Ints) -> tuple[Ints, Ints, Bools]:
        """Return customer, day, and whether it is the side of purchases."""
        day = (places & ((1 << self.day_bits) - 1)) >> 1
        day += self.first_day
        return places >> self.day_bits, day, (places & 1).astype(bool)


@dataclass(frozen=True)
class Lines:
    """Lines of a log, sorted by their place.

    Parameters
    ----------
    place : Place
        What a place means.
    packed : array of int
        Place of each line, and in the low bits its number; sorted.
    bits : int
        How many bits the number takes.
    addends : mapping of str to array of int
        What a line adds to a total, by the name of the total and the number of the line.
    labels : mapping of str to array of int
        Number of the product or category, by grain and the number of the line; −1 for none.
    orders : tuple of array of int
        Places on which orders began, sorted, and how many; both empty when nobody asks.
    """

    place: Place
    packed: Ints
    bits: int
    addends: Mapping[str, Ints]
    labels: Mapping[str, Ints]
    orders: tuple[Ints, Ints]

    @classmethod
    def of(cls, tx: Transactions, log: Table, place: Place, wanted: Mapping[str, set[str]]) -> Lines:
        """Fetch the lines of a log.

        Parameters
        ----------
        tx : Transactions
            The log.
        log : LazyFrame
            What is known of it, with numbers in the place of customer ids.
        place : Place
            Made for it.
        wanted : mapping of str to set of str
            Columns that features need of each grain.
        """
        made = {name: total(name, tx.columns) for name in _totals(tx, wanted)}
        values = {name: _addend(one) for name, one in made.items() if one.how != "lines"}
        labels = {grain: nw.col(column) for grain, column in LABELS.items() if grain in wanted}
        bought = nw.when(nw.col("is_purchase")).then(nw.lit(1)).otherwise(nw.lit(0))
        lines = tx.engine.to_arrow(log.select(place=place.packed(bought), **values, **labels))
        orders = (
            _begun(tx, log, place) if "orders" in wanted["day"] and tx.has("order_id") else (_NONE, _NONE)
        )
        return cls(
            place,
            packed_order(lines["place"].to_numpy()),
            bits_of(len(lines)),
            {name: lines[name].to_numpy() for name in values},
            {grain: _numbered(lines[grain]) for grain in labels},
            orders,
        )

    def between(self, first: int, end: int) -> Lines:
        """Return the lines of the customers from `first` up to before `end`."""
        ends = [one << self.place.day_bits << self.bits for one in (first, end)]
        return replace(self, packed=self.packed[slice(*np.searchsorted(self.packed, ends))])

    def customer_at(self, place: int) -> int:
        """Return the customer of the line at a place in the order."""
        return int(self.packed[place] >> self.bits >> self.place.day_bits)

    @functools.cached_property
    def places(self) -> Ints:
        """Place of each line."""
        return self.packed >> self.bits

    @functools.cached_property
    def numbers(self) -> Ints:
        """Number of each line."""
        return self.packed & ((1 << self.bits) - 1)


_NONE: Ints = np.zeros(0, dtype=np.int64)


def _totals(tx: Transactions, wanted: Mapping[str, set[str]]) -> list[str]:
    """Return the totals of the day grain, and money where it is what a category is worth."""
    names = totals_of(wanted["day"])
    return list(dict.fromkeys([*names, "money"])) if "category" in wanted and tx.has_money else names


def _addend(one: Total) -> nw.Expr:
    """Return what a line adds to a total."""
    value = one.value()
    return value.fill_null(0).cast(nw.Int64) if one.how == "sum" else (~value.is_null()).cast(nw.Int8)


def _begun(tx: Transactions, log: Table, place: Place) -> tuple[Ints, Ints]:
    """Return the places on which orders began, sorted, and how many."""
    begun = tx.engine.to_arrow(begun_orders(log).select("orders", place=place.packed(1)))
    places, orders = begun["place"].to_numpy(), begun["orders"].to_numpy()
    order = np.argsort(places)
    return places[order], orders[order]


def _numbered(labels: pa.ChunkedArray) -> Ints:
    """Return a number for each label, the same for the same; −1 for none."""
    chunks = labels.dictionary_encode().chunks
    numbers = [chunk.indices.fill_null(-1).to_numpy() for chunk in chunks]
    return np.concatenate([_NONE, *numbers])
