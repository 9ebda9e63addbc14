"""From the labels of lines to products by their first day and categories by their worth."""

from __future__ import annotations

import numpy as np

from crm_ml.features.in_memory.lines import Lines
from crm_ml.features.in_memory.rows import Rows
from crm_ml.features.in_memory.sorting import Ints, first_places, order_by
from crm_ml.features.in_memory.sums import sums_of_runs
from crm_ml.features.in_memory.values import Values

__all__ = ["category_rows", "product_rows"]


def product_rows(lines: Lines, first: int, end: int) -> Rows:
    """Return the products of some customers, each on the first day it was bought, sorted by day.

    Parameters
    ----------
    lines, first, end
        As for :func:`crm_ml.features.in_memory.day_rows.day_rows`.
    """
    customer, day, product, _ = _bought(lines, "product")
    new = first_places(customer, product)
    customer, day = customer[new], day[new]
    order = order_by(customer, day)
    ones = np.broadcast_to(1, order.shape)
    return Rows(end - first, customer[order] - first, {"day": Values(day[order]), "products": Values(ones)})


def category_rows(lines: Lines, first: int, end: int) -> Rows:
    """Return what the categories of some customers were worth on each day, sorted by category and day."""
    customer, day, category, numbers = _bought(lines, "category")
    new = first_places(customer, category, day)
    money = lines.addends.get("money")
    worth = np.ones(len(numbers), dtype=np.int64) if money is None else money.take(numbers)
    columns = {"category": category[new], "day": day[new], "worth": sums_of_runs(worth, new)}
    return Rows(end - first, customer[new] - first, {name: Values(one) for name, one in columns.items()})


def _bought(lines: Lines, grain: str) -> tuple[Ints, Ints, Ints, Ints]:
    """Return customer, day, label and number of the labelled purchases, sorted by customer, label and day."""
    label = lines.labels[grain].take(lines.numbers)
    customer, day, bought = lines.place.unpacked(lines.places)
    at = np.flatnonzero(bought & (label >= 0))
    at = at[order_by(customer[at], label[at], day[at])]
    return customer[at], day[at], label[at], lines.numbers[at]
