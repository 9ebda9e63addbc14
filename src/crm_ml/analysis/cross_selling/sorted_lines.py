"""Lines as numbers in arrays, where they fit in memory: sorting is several times faster than grouping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from crm_ml.base.exceptions import InputError
from crm_ml.features.in_memory.sorting import BITS, NONE, Ints, bits_of, first_places, order_by, takes

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["distinct_rows", "fits_in_memory", "labelled", "sorted_sums"]

_NUMBERS = 10  # arrays of the length of the log at most: columns, labels while they become numbers, sorting


def fits_in_memory(tx: Transactions) -> bool:
    """Whether lines may be taken out of the engine, with customers as numbers."""
    return takes(tx.counts["accepted"], _NUMBERS) <= tx.engine.room


def labelled(column: pa.ChunkedArray) -> tuple[Ints, pa.Array]:
    """Return a number for each label, and the labels at the place of their number, in no order.

    Examples
    --------
    >>> numbers, labels = labelled(pa.chunked_array([["tea", "jam"], ["tea"]]))
    >>> numbers.tolist(), labels.to_pylist()
    ([0, 1, 0], ['tea', 'jam'])
    """
    chunks = column.dictionary_encode().chunks  # they share their labels
    numbers = [one.indices.to_numpy() for one in chunks]
    return np.concatenate([NONE, *numbers]), chunks[0].dictionary if chunks else pa.array([], pa.string())


def distinct_rows(*keys: Ints) -> tuple[Ints, ...]:
    """Return each combination of keys once, sorted.

    Parameters
    ----------
    *keys : array of int
        Not negative, one value a row.

    Examples
    --------
    >>> [one.tolist() for one in distinct_rows(np.array([2, 0, 2]), np.array([1, 5, 1]))]
    [[0, 2], [5, 1]]
    """
    widths = [bits_of(int(one.max(initial=0))) for one in keys]
    if sum(widths) > BITS:
        order = order_by(*keys)
        ordered = [one[order] for one in keys]
        return tuple(one[first_places(*ordered)] for one in ordered)
    packed = keys[0].copy()
    for one, width in zip(keys[1:], widths[1:], strict=True):
        packed <<= width
        packed |= one
    packed.sort()
    packed = packed[first_places(packed)]
    found = []
    for width in reversed(widths):
        found.append(packed & ((1 << width) - 1))
        packed >>= width
    return tuple(reversed(found))


def sorted_sums(lines: pa.Table, label: str) -> pa.Table:
    """Return one row a customer and label, sorted by customer, with the sums of all other columns.

    Parameters
    ----------
    lines : Table
        ``customer_id`` as a number, the column `label` as text, and columns of numbers without nulls.
    label : str
        Product or category.

    Raises
    ------
    InputError
        When a sum is beyond 64 bits.

    Examples
    --------
    >>> sold = {"customer_id": [1, 0, 1], "category": ["tea", "tea", "tea"], "lines": [1, 1, 1]}
    >>> sorted_sums(pa.table(sold), "category").to_pydict()
    {'customer_id': [0, 1], 'category': ['tea', 'tea'], 'lines': [1, 2]}
    """
    customer, (number, labels) = lines["customer_id"].to_numpy(), labelled(lines[label])
    order = order_by(customer, number)
    customer, number = customer[order], number[order]
    starts = first_places(customer, number)
    sums = {
        name: _sums(lines[name].to_numpy().take(order), starts, name)
        for name in lines.column_names
        if name not in ("customer_id", label)
    }
    return pa.table({"customer_id": customer[starts], label: labels.take(pa.array(number[starts])), **sums})


def _sums(values: npt.NDArray[Any], starts: Ints, name: str) -> npt.NDArray[Any]:
    if not len(starts):
        return values
    largest = max(abs(int(values.min())), abs(int(values.max())))
    rows = int(np.diff(starts, append=len(values)).max())
    if values.dtype.kind == "i" and largest * rows >= 2**BITS:
        raise InputError(
            f"{name} cannot be added up", got=f"values up to {largest:,}", do="check the amounts"
        )
    return np.add.reduceat(values, starts)
