"""Which items are in one basket together, how often: pairs by a sparse product, larger sets depth first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csc_array, csr_array

__all__ = ["Baskets", "Pairs", "frequent_pairs", "larger_sets", "read_baskets"]

Integers: TypeAlias = "npt.NDArray[np.int64]"
_FIELDS = 1 << 24  # cells of a slice of the sparse product at most: 128 MB


@dataclass(frozen=True)
class Baskets:
    """Items by basket.

    Parameters
    ----------
    matrix : sparse array of shape (n_baskets, n_items)
        1 where the basket holds the item.
    items : list of str
        Names of the items, sorted.
    n : int
        Number of baskets, those without any of the items counted.
    """

    matrix: csr_array
    items: list[str]
    n: int

    @property
    def counts(self) -> Integers:
        """Number of baskets with each item, shape (n_items,)."""
        counts: Integers = np.asarray(self.matrix.sum(axis=0), dtype=np.int64).ravel()
        return counts


@dataclass(frozen=True)
class Pairs:
    """Pairs of items with the number of baskets that hold both; `first` < `second`, in that order."""

    first: Integers
    second: Integers
    count: Integers


def read_baskets(lines: pd.DataFrame, items: pd.Index[str] | None = None) -> Baskets:
    """Return the baskets of a table with the columns basket and item; repeats and empty cells are harmless.

    Parameters
    ----------
    lines : DataFrame
        Basket, item.
    items : Index, optional
        Items that count, sorted; all that occur by default.
    """
    lines = lines.iloc[:, :2].dropna()
    basket, baskets = pd.factorize(lines.iloc[:, 0])
    if items is None:
        item, items = pd.factorize(lines.iloc[:, 1].astype("str"), sort=True)
    else:
        item = items.get_indexer(pd.Index(lines.iloc[:, 1].astype("str")))
    known = item >= 0
    places = (basket[known], item[known])
    matrix = csr_array((np.ones(len(places[0]), dtype=np.int32), places), shape=(len(baskets), len(items)))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return Baskets(matrix, [str(name) for name in items], len(baskets))


def frequent_pairs(baskets: Baskets, least: int) -> Pairs:
    """Return the pairs in at least `least` baskets, counted by the sparse product XᵀX."""
    kept = np.flatnonzero(baskets.counts >= least)
    chosen = csc_array(baskets.matrix[:, kept])
    by_basket, found = csr_array(chosen), []
    step = max(1, _FIELDS // max(len(kept), 1))
    for start in range(0, len(kept), step):
        together = chosen[:, start : start + step].T @ by_basket
        first = np.repeat(np.arange(together.shape[0]), np.diff(together.indptr)) + start
        good = (together.data >= least) & (first < together.indices)
        found.append(np.stack([first[good], together.indices[good], together.data[good]]).astype(np.int64))
    rows = np.concatenate(found, axis=1) if found else np.zeros((3, 0), dtype=np.int64)
    order = np.lexsort((rows[1], rows[0]))
    first, second, count = rows[:, order]
    return Pairs(kept[first], kept[second], count)


def larger_sets(
    baskets: Baskets, pairs: Pairs, least: int, longest: int
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield the sets of three to `longest` items in at least `least` baskets, with their number.

    Depth first on bit sets of baskets (Eclat; Zaki 2000, IEEE TKDE 12); only items that are frequent in
    pairs can be in them.
    """
    kept = np.unique(np.concatenate([pairs.first, pairs.second]))
    if longest < 3 or len(kept) < 3:
        return
    first, second = np.searchsorted(kept, pairs.first), np.searchsorted(kept, pairs.second)
    together = csr_array((np.ones(len(first), dtype=bool), (first, second)), shape=(len(kept), len(kept)))
    bits = _bits(baskets, kept)
    pending: list[tuple[tuple[int, ...], Any, Integers]] = [
        ((k,), bits[k], _partners(together, k)) for k in range(len(kept))
    ]
    while pending:
        prefix, shared, partners = pending.pop()
        if not len(partners) or len(prefix) >= longest:
            continue
        both = bits[partners] & shared
        counts = np.bitwise_count(both).sum(axis=1, dtype=np.int64)
        good = np.flatnonzero(counts >= least)
        for place in good:
            found = (*prefix, int(partners[place]))
            if len(found) > 2:
                yield tuple(int(kept[k]) for k in found), int(counts[place])
            later = partners[good[good > place]]
            pending.append((found, both[place], np.intersect1d(later, _partners(together, partners[place]))))


def _partners(together: csr_array, item: int) -> Integers:
    start, stop = together.indptr[item : item + 2]
    return np.sort(together.indices[start:stop]).astype(np.int64)


def _bits(baskets: Baskets, kept: Integers) -> npt.NDArray[np.uint8]:
    """Return one row of bits an item, one bit a basket."""
    columns = csc_array(baskets.matrix[:, kept])
    packed = np.empty((len(kept), -(-columns.shape[0] // 8)), dtype=np.uint8)
    for k in range(len(kept)):
        holds = np.zeros(columns.shape[0], dtype=bool)
        holds[columns.indices[columns.indptr[k] : columns.indptr[k + 1]]] = True
        packed[k] = np.packbits(holds)
    return packed
