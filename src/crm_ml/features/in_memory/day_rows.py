"""From lines to the day grain: one row a customer, day and side, with totals, gaps and orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from crm_ml.features.in_memory.lines import Lines
from crm_ml.features.in_memory.order_places import begun_on
from crm_ml.features.in_memory.rows import Rows
from crm_ml.features.in_memory.sorting import Ints, first_places
from crm_ml.features.in_memory.sums import sums_of_runs
from crm_ml.features.in_memory.values import Bools, Values
from crm_ml.features.measures import MEASURES

__all__ = ["day_rows"]


def day_rows(lines: Lines, first: int, end: int, wanted: Collection[str]) -> Rows:
    """Return the day grain of some customers, as :mod:`crm_ml.features.grains` describes it.

    Parameters
    ----------
    lines : Lines
        Those of the customers from `first` up to before `end`.
    first, end : int
        Customers, who are numbered from 0 in what is returned.
    wanted : collection of str
        Columns that features need.
    """
    starts = first_places(lines.places)
    places = lines.places[starts]
    customer, day, bought = lines.place.unpacked(places)
    totals = _totals(lines, starts)
    columns = {"day": Values(day), "bought": _mark(bought), "several": _mark(bought & (totals["lines"] > 1))}
    columns |= {name: _measure(name, totals, bought) for name in MEASURES if name in wanted}
    if not {"gap", "previous_gap"}.isdisjoint(wanted):
        columns |= _gaps(customer, day, bought)
    if "orders" in wanted:
        columns["orders"] = Values(_orders(lines, places, bought))
    return Rows(end - first, customer - first, columns)


def _totals(lines: Lines, starts: Ints) -> dict[str, Ints]:
    totals = {"lines": np.diff(starts, append=len(lines.packed))}
    for name, addend in lines.addends.items():
        totals[name] = sums_of_runs(addend.take(lines.numbers), starts)
    return totals


def _measure(name: str, totals: Mapping[str, Ints], bought: Bools) -> Values:
    """Return a total where its lines count, 0 elsewhere."""
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
    data, lacking = np.zeros(rows, dtype=np.int64), np.ones(rows, dtype=bool)
    data[at], lacking[at] = values, null
    return Values(data, lacking)


def _orders(lines: Lines, places: Ints, bought: Bools) -> Ints:
    """Return how many orders began on each row; without order ids one a purchase day."""
    return begun_on(places, lines.orders) if len(lines.orders) else bought.astype(np.int64)
