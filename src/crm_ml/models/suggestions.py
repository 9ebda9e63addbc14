"""Which rules speak for a customer: everything of the if-part is owned, the then-part is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

__all__ = ["best_rules"]

Integers: TypeAlias = "npt.NDArray[np.int64]"
_CELLS = 20_000_000  # cells of a sparse product at most: about 240 MB


@dataclass(frozen=True)
class _Rules:
    """Needs of the rules, shape (n_items, n_rules), how many items each needs, and its then-part."""

    needs: csr_array
    size: Integers
    consequent: Integers


def best_rules(has: csr_array, antecedent: Integers, consequent: Integers, most: int) -> tuple[Any, Any, Any]:
    """Return for every customer the first `most` rules that suggest different items.

    Parameters
    ----------
    has : sparse array of shape (n_customers, n_items)
        1 where the customer owns the item.
    antecedent : ndarray of shape (n_rules, longest)
        Items of the if-part, padded with −1; the best rule comes first.
    consequent : ndarray of shape (n_rules,)
        Item of the then-part.
    most : int
        Most items a customer.

    Returns
    -------
    tuple of (rows, rules, positions)
        Customer, rule and place (1 = best) of each suggestion, by customer and place.
    """
    rule, place = np.nonzero(antecedent >= 0)
    size = (antecedent >= 0).sum(axis=1)
    shape = (has.shape[1], len(antecedent))
    needs = csr_array((np.ones(len(rule), dtype=np.int32), (antecedent[rule, place], rule)), shape=shape)
    rules = _Rules(needs, size, consequent)
    parts = _parts(has, np.diff(needs.indptr))
    found = [_matches(has[part], rules, most, part.start) for part in parts]
    if not found:
        return (np.zeros(0, dtype=np.int64),) * 3
    rows, rules, positions = np.concatenate(found, axis=1)
    return rows, rules, positions


def _parts(has: csr_array, rules_by_item: Integers) -> Iterator[slice]:
    """Cut the customers into parts whose product with the rules stays small."""
    cells = np.concatenate([[0], np.cumsum(has @ rules_by_item.astype(np.int64))])
    start = 0
    while start < has.shape[0]:
        stop = int(np.searchsorted(cells, cells[start] + _CELLS, side="right")) - 1
        part = slice(start, max(stop, start + 1))
        yield part
        start = part.stop


def _matches(has: csr_array, rules: _Rules, most: int, offset: int) -> npt.NDArray[np.int64]:
    owned = csr_array(has @ rules.needs)
    owned.sort_indices()
    row, rule = np.repeat(np.arange(owned.shape[0]), np.diff(owned.indptr)), owned.indices
    whole = owned.data == rules.size[rule]
    row, rule = row[whole].astype(np.int64), rule[whole].astype(np.int64)
    new = ~_owns(has, row, rules.consequent[rule])
    row, rule = row[new], rule[new]
    # The best rule of an item comes first, so its first occurrence is the one that counts.
    _, first = np.unique(row * has.shape[1] + rules.consequent[rule], return_index=True)
    first.sort()
    row, rule = row[first], rule[first]
    position = np.arange(len(row)) - np.searchsorted(row, row) + 1
    kept = position <= most
    return np.stack([row[kept] + offset, rule[kept], position[kept]])


def _owns(has: csr_array, row: Integers, item: Integers) -> npt.NDArray[np.bool_]:
    has = csr_array(has)
    has.sort_indices()
    width = has.shape[1]
    cells = np.repeat(np.arange(has.shape[0], dtype=np.int64), np.diff(has.indptr)) * width + has.indices
    asked = row * width + item
    place = np.minimum(np.searchsorted(cells, asked), len(cells) - 1)
    result: npt.NDArray[np.bool_] = cells[place] == asked if len(cells) else np.zeros(len(row), dtype=bool)
    return result
