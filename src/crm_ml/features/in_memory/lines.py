"""The lines of a log as arrays, sorted by customer, day and side."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np

from crm_ml.features.grains import Table
from crm_ml.features.in_memory.place import Place
from crm_ml.features.in_memory.sorting import NONE, Ints, bits_of, packed_order
from crm_ml.features.measures import Total, total, totals_of

if TYPE_CHECKING:
    import pyarrow as pa

    from crm_ml.data.transactions import Transactions

__all__ = ["LABELS", "Lines"]

#: Grains that are made from the labels of lines.
LABELS = {"product": "product_id", "category": "category"}


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
    orders : array of int
        Place on which each order began, sorted; empty when nobody asks.
    """

    place: Place
    packed: Ints
    bits: int
    addends: Mapping[str, Ints]
    labels: Mapping[str, Ints]
    orders: Ints

    @classmethod
    def of(
        cls, tx: Transactions, log: Table, place: Place, wanted: Mapping[str, set[str]], orders: Ints
    ) -> Lines:
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
        orders : array of int
            Where orders began, sorted.
        """
        made = {name: total(name, tx.columns) for name in _totals(tx, wanted)}
        values = {name: _addend(one) for name, one in made.items() if one.how != "lines"}
        labels = {grain: nw.col(column) for grain, column in LABELS.items() if grain in wanted}
        bought = nw.when(nw.col("is_purchase")).then(nw.lit(1)).otherwise(nw.lit(0))
        lines = tx.engine.to_arrow(log.select(place=place.packed(bought), **values, **labels))
        with ThreadPoolExecutor(tx.engine.threads) as pool:
            packed = pool.submit(lambda: packed_order(lines["place"].to_numpy()))
            addends = dict(zip(values, pool.map(lambda name: lines[name].to_numpy(), values), strict=True))
            numbers = dict(zip(labels, pool.map(lambda grain: _numbered(lines[grain]), labels), strict=True))
        return cls(place, packed.result(), bits_of(len(lines)), addends, numbers, orders)

    def between(self, first: int, end: int) -> Lines:
        """Return the lines of the customers from `first` up to before `end`."""
        ends = np.array([first, end]) << self.place.day_bits
        packed = self.packed[slice(*np.searchsorted(self.packed, ends << self.bits))]
        return replace(self, packed=packed, orders=self.orders[slice(*np.searchsorted(self.orders, ends))])

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


def _totals(tx: Transactions, wanted: Mapping[str, set[str]]) -> list[str]:
    """Return the totals of the day grain, and money where it is what a category is worth."""
    names = totals_of(wanted["day"])
    return list(dict.fromkeys([*names, "money"])) if "category" in wanted and tx.has_money else names


def _addend(one: Total) -> nw.Expr:
    """Return what a line adds to a total."""
    value = one.value()
    return value.fill_null(0).cast(nw.Int64) if one.how == "sum" else (~value.is_null()).cast(nw.Int8)


def _numbered(labels: pa.ChunkedArray) -> Ints:
    """Return a number for each label, the same for the same; −1 for none."""
    chunks = labels.dictionary_encode().chunks
    numbers = [chunk.indices.fill_null(-1).to_numpy() for chunk in chunks]
    return np.concatenate(numbers) if numbers else NONE
