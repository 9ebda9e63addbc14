"""Numbers with holes: what a formula computes with when the rows are in memory."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterable
from typing import Any, TypeAlias

import narwhals as nw
import numpy as np
import numpy.typing as npt
from numpy.lib.mixins import NDArrayOperatorsMixin

from crm_ml.features.in_memory.sorting import BITS
from crm_ml.features.in_memory.sums import magnitude

__all__ = ["Bools", "Values"]

Bools: TypeAlias = npt.NDArray[np.bool_]

_LOGIC = (np.bitwise_or, np.bitwise_and)
# What is not defined is computed, and then not chosen.
_QUIET: dict[str, Any] = {"divide": "ignore", "invalid": "ignore"}
_TYPES: dict[Any, type] = {nw.Int64: np.int64, nw.Float64: np.float64}


class Values(NDArrayOperatorsMixin):
    """A column of numbers of which some are null; behaves as the Narwhals expression that it stands for.

    Parameters
    ----------
    data : array
        The numbers; whatever stands where one is null.
    null : array of bool, optional
        Where they are null; nowhere when not given.

    Notes
    -----
    Null in, null out, but for ``|`` and ``&``, which one side can decide alone, as in SQL.

    Examples
    --------
    >>> gaps = Values(np.array([0, 7, 9]), null=np.array([True, False, False]))
    >>> (gaps * 2 + 1).to_list()
    [None, 15, 19]
    >>> ((gaps > 8) | gaps.is_null()).to_list()
    [True, False, True]
    """

    def __init__(self, data: npt.NDArray[Any], null: Bools | None = None) -> None:
        self.data = data
        self.null = null if null is not None and null.any() else None

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """Compute an operator on the numbers, and on the holes."""
        if method != "__call__" or options:
            return NotImplemented
        columns = [one if isinstance(one, Values) else Values(np.asarray(one)) for one in inputs]
        numbers = [one.data for one in columns]
        if ufunc is np.multiply and _run_over(numbers):
            numbers = [one.astype(object) for one in numbers]  # Python's own integers have no end
        with np.errstate(**_QUIET):
            data = ufunc(*numbers)
        null = _any(one.null for one in columns)
        if null is not None and ufunc in _LOGIC:
            decisive = ufunc is np.bitwise_or
            for one in columns:
                null = null & ~_sure(one.data == decisive, one.null)
        return Values(data, null)

    def __getitem__(self, rows: Any) -> Values:
        """Return the values of some rows."""
        return Values(self.data[rows], None if self.null is None else self.null[rows])

    def is_null(self) -> Values:
        """Return where the column is null."""
        return Values(np.zeros(len(self.data), bool) if self.null is None else self.null)

    def fill_null(self, value: float) -> Values:
        """Return the column with a number in every hole."""
        return self if self.null is None else Values(np.where(self.null, value, self.data))

    def floor(self) -> Values:
        """Return the largest whole numbers that are not above."""
        return Values(np.floor(self.data), self.null)

    def sqrt(self) -> Values:
        """Return the square roots."""
        with np.errstate(**_QUIET):
            return Values(np.sqrt(self.data), self.null)

    def cast(self, dtype: Any) -> Values:
        """Return the numbers as ``nw.Int64`` or ``nw.Float64``."""
        with np.errstate(**_QUIET):
            return Values(self.data.astype(_TYPES[dtype], copy=False), self.null)

    def choose(self, value: Values | float, otherwise: Values | float | None) -> Values:
        """Return `value` where this condition holds, `otherwise` (null when None) where not or unknown."""
        holds = _sure(self.data, self.null)
        chosen = value.data if isinstance(value, Values) else value
        null = value.null if isinstance(value, Values) else None
        if otherwise is None:
            lacking = ~holds if null is None else ~holds | null
            return Values(np.broadcast_to(np.asarray(chosen), holds.shape), lacking)
        rest = otherwise.data if isinstance(otherwise, Values) else otherwise
        other = otherwise.null if isinstance(otherwise, Values) else None
        if null is None and other is None:
            return Values(np.where(holds, chosen, rest))
        lacking = np.where(holds, False if null is None else null, False if other is None else other)
        return Values(np.where(holds, chosen, rest), lacking)

    def to_list(self) -> list[Any]:
        """Return the numbers as a list, None where there is none."""
        return [
            None if gone else one for one, gone in zip(self.data.tolist(), self.is_null().data, strict=True)
        ]


def _run_over(factors: list[npt.NDArray[Any]]) -> bool:
    """Whether a product of whole numbers may be more than 64 bits hold."""
    whole = all(one.dtype.kind != "f" for one in factors)
    return whole and math.prod(map(magnitude, factors)) >= 2**BITS


def _sure(holds: Bools, null: Bools | None) -> Bools:
    """Return where a condition is known to hold."""
    return holds if null is None else holds & ~null


def _any(masks: Iterable[Bools | None]) -> Bools | None:
    """Return where any of the masks is set; None where there is no mask."""
    given = [mask for mask in masks if mask is not None]
    return functools.reduce(operator.or_, given) if given else None
