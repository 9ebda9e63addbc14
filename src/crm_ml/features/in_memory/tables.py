"""The rows of each grain, of some customers at a time, and what a cutoff leaves of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from crm_ml.data.windows import is_before
from crm_ml.features.grains import GRAINS, Table, ages
from crm_ml.features.in_memory.day_rows import day_rows
from crm_ml.features.in_memory.label_rows import category_rows, product_rows
from crm_ml.features.in_memory.lines import Lines
from crm_ml.features.in_memory.place import Place
from crm_ml.features.in_memory.rows import Rows
from crm_ml.features.in_memory.sorting import Ints, first_places, order_by
from crm_ml.features.in_memory.sums import sums_of_runs
from crm_ml.features.in_memory.values import Values

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["Tables", "known_rows"]

_BLOCK_LINES = 2**18  # arrays of so many numbers stay in the caches of a processor


@dataclass(frozen=True)
class Tables:
    """What features are computed from: lines, and finished rows of the grains that lines do not tell."""

    lines: Lines
    others: Mapping[str, Rows]
    wanted: Mapping[str, set[str]]

    @classmethod
    def of(
        cls, tx: Transactions, log: Table, place: Place, wanted: Mapping[str, set[str]], orders: Ints
    ) -> Tables:
        """Fetch them; parameters as for :meth:`crm_ml.features.in_memory.lines.Lines.of`."""
        others = {name: _rows(tx, log, place, name) for name in wanted if name not in _FROM_LINES}
        return cls(Lines.of(tx, log, place, wanted, orders), others, wanted)

    def blocks(self, customers: tuple[int, int], least: int) -> Iterator[tuple[int, int]]:
        """Divide a range of customers into more, with about as many lines; at least so many where it pays."""
        lines = len(self.lines.packed)
        number = max(-(-lines // _BLOCK_LINES), min(least, lines // 10_000), 1)
        inner = {self.lines.customer_at(lines * one // number) for one in range(1, number)}
        yield from pairwise([customers[0], *sorted(inner - {*customers}), customers[1]])

    def rows(self, first: int, end: int) -> dict[str, Rows]:
        """Return the rows of every grain of the customers from `first` up to before `end`."""
        lines = self.lines.between(first, end)
        made = {"day": day_rows(lines, first, end, self.wanted["day"])}
        made |= {name: _LABELLED[name](lines, first, end) for name in _LABELLED if name in self.wanted}
        return made | {name: rows.between(first, end) for name, rows in self.others.items()}


_LABELLED = {"product": product_rows, "category": category_rows}
_FROM_LINES = {"day", *_LABELLED}


def known_rows(grain: str, rows: Rows, cutoff: int) -> Rows:
    """Keep what was known at the cutoff and count its days back from there: ``age = cutoff − day ≥ 1``."""
    known = rows.where(is_before(rows.columns["day"].data, cutoff))
    if grain == "category":
        return _folded(known)
    age = cutoff - known.columns["day"]
    return known.plus(age=age, **(ages(age, known.columns["bought"]) if grain == "day" else {}))


def _folded(known: Rows) -> Rows:
    """Make one row of those of a customer and category."""
    starts = first_places(known.customer, known.columns["category"].data)
    worth = sums_of_runs(known.columns["worth"].data, starts)
    return Rows(known.customers, known.customer[starts], {"worth": Values(worth)})


def _rows(tx: Transactions, log: Table, place: Place, grain: str) -> Rows:
    """Fetch the table of a grain of whole numbers, sorted by customer and day."""
    table = tx.engine.to_arrow(GRAINS[grain].build(log, tx.columns, ()))
    columns = {name: table[name].to_numpy().astype(np.int64, copy=False) for name in table.column_names}
    order = order_by(columns["customer_id"], columns["day"])
    customer = columns.pop("customer_id")[order]
    return Rows(place.customers, customer, {name: Values(one[order]) for name, one in columns.items()})
