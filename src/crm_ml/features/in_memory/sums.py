"""Sums of whole numbers: of 64 bits where they hold them, of Python's own integers where they might not."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from crm_ml.features.in_memory.sorting import BITS, Ints

__all__ = ["magnitude", "running_totals", "sums_of_runs"]


def sums_of_runs(values: Ints, starts: Ints) -> npt.NDArray[Any]:
    """Return the sum of the values of each run.

    Examples
    --------
    >>> sums_of_runs(np.array([1, 2, 2**62, 2**62]), np.array([0, 2])).tolist()
    [3, 9223372036854775808]
    """
    if not len(starts):
        return starts
    longest = int(np.diff(starts, append=len(values)).max())
    return np.add.reduceat(_wide(values, longest), starts)


def running_totals(values: npt.NDArray[Any], terms: int) -> npt.NDArray[Any]:
    """Return the totals before each value and behind the last one.

    Parameters
    ----------
    values : array of int or bool
        What is added up.
    terms : int
        Differences of totals over no more values than that are exact; a total may run over.

    Examples
    --------
    >>> running_totals(np.array([5, 1, 2]), 3).tolist()
    [0, 5, 6, 8]
    """
    wide = _wide(values, terms)
    totals = np.zeros(len(wide) + 1, dtype=wide.dtype)
    np.cumsum(wide, out=totals[1:])
    return totals


def magnitude(values: npt.NDArray[Any]) -> int:
    """Return the largest absolute value of whole numbers."""
    return max(-int(values.min()), int(values.max())) if values.size else 0


def _wide(values: npt.NDArray[Any], terms: int) -> npt.NDArray[Any]:
    """Return values as integers that hold sums of so many of them."""
    return values.astype(np.int64 if terms * magnitude(values) < 2**BITS else object, copy=False)
