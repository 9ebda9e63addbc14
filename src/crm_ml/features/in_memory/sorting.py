"""Sorting that is as fast as the machine: whole numbers by value, with what they stand for packed into them.

A processor sorts numbers by value several times faster than it finds their order, so the place of what is to
be ordered goes into the low bits of the number by which it is ordered.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "BITS",
    "NONE",
    "Ints",
    "bits_of",
    "first_places",
    "order_by",
    "packed_order",
    "sorted_within",
    "takes",
]

Ints: TypeAlias = npt.NDArray[np.int64]

NONE: Ints = np.zeros(0, dtype=np.int64)

#: Of a 64-bit integer that is not negative.
BITS = 63
_AT_ONCE = 2**18
_BYTES = 8


def takes(lines: int, numbers: int) -> int:
    """Return the bytes of so many lines with so many numbers each."""
    return lines * numbers * _BYTES


def bits_of(largest: int) -> int:
    """Return how many bits the numbers from 0 to `largest` take."""
    return int(largest).bit_length()


def packed_order(keys: Ints) -> Ints:
    """Return each key with its place in the low bits, sorted: equal keys stay in their order.

    Parameters
    ----------
    keys : array of int
        Not negative, with as many bits to spare as ``len(keys)`` takes.

    Examples
    --------
    >>> packed = packed_order(np.array([7, 3, 7]))
    >>> (packed >> 2).tolist(), (packed & 3).tolist()
    ([3, 7, 7], [1, 0, 2])
    """
    packed = keys << bits_of(len(keys))
    for start in range(0, len(keys), _AT_ONCE):  # all places in one array would be as large as the keys
        packed[start : start + _AT_ONCE] |= np.arange(start, min(start + _AT_ONCE, len(keys)))
    packed.sort()
    return packed


def order_by(*keys: Ints) -> Ints:
    """Return the order of rows by several keys; equal ones stay in their order.

    Examples
    --------
    >>> order_by(np.array([1, 0, 1]), np.array([5, 9, 2])).tolist()
    [1, 2, 0]
    """
    if not len(keys[0]):
        return np.zeros(0, dtype=np.int64)
    lows, bits = zip(*(_span(one) for one in keys), strict=True)
    if sum(bits) + bits_of(len(keys[0])) > BITS:
        return np.lexsort(keys[::-1])
    packed = keys[0] - lows[0]
    for one, low, width in zip(keys[1:], lows[1:], bits[1:], strict=True):
        packed <<= width
        packed |= one - low
    return packed_order(packed) & ((1 << bits_of(len(packed))) - 1)


def first_places(*keys: Ints) -> Ints:
    """Return where each run of equal keys begins.

    Examples
    --------
    >>> first_places(np.array([3, 3, 7, 7]), np.array([1, 1, 1, 2])).tolist()
    [0, 2, 3]
    """
    new = np.ones(len(keys[0]), dtype=bool)
    new[1:] = False
    for one in keys:
        new[1:] |= one[1:] != one[:-1]
    return np.flatnonzero(new)


def sorted_within(values: npt.NDArray[Any], group: Ints) -> npt.NDArray[Any]:
    """Return values sorted within their groups.

    Parameters
    ----------
    values : array of numbers
        In any order within a group.
    group : array of int
        Group of each value, ascending from 0.

    Examples
    --------
    >>> sorted_within(np.array([9, 1, 5, -2]), np.array([0, 0, 1, 1])).tolist()
    [1, 9, -2, 5]
    """
    if not len(values):
        return values
    low, bits = _span(values) if values.dtype.kind == "i" else (0, BITS)
    if bits_of(group[-1]) + bits >= BITS:
        order = np.argsort(values, kind="stable")
        return values[order[np.argsort(group[order], kind="stable")]]
    packed: Ints = (group << bits) | (values - low)
    packed.sort()
    packed &= (1 << bits) - 1
    packed += low
    return packed


def _span(values: Ints) -> tuple[int, int]:
    """Return the smallest value, and how many bits the values take from there."""
    low = int(values.min())
    return low, bits_of(int(values.max()) - low)
