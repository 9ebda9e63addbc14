"""Rows of features as one checked matrix: what scoring reads, of a whole base or of one customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.base.validation import nearest
from crm_ml.models.matrix import Floats, Integers, read_matrix

__all__ = ["CONSTANT", "FeatureTable"]

CONSTANT = "constant"  # what a model that reads no feature calls its only column


@dataclass(frozen=True)
class FeatureTable:
    """Columns by name, all of them numbers, missing as NaN.

    Parameters
    ----------
    names : tuple of str
        Columns of `values`.
    values : ndarray of shape (n, p)

    Examples
    --------
    >>> row = {"orders": 2, "recency_days": None, "more": 1}
    >>> table = FeatureTable.of_one(row, ("recency_days", "orders"))
    >>> table.matrix(["orders", "recency_days"])
    array([[ 2., nan]])
    """

    names: tuple[str, ...]
    values: Floats

    @classmethod
    def of_frame(cls, rows: pd.DataFrame, names: Sequence[str], more: Sequence[str] = ()) -> FeatureTable:
        """Read the columns `names` of a table, and those of `more` that it has.

        Raises
        ------
        ColumnError
            When one of `names` is missing; the message lists names that look like it.
        InputError
            When a column holds text, dates or infinite numbers.
        """
        wanted = (*names, *(name for name in more if name in rows))
        if not len(rows) or not wanted:
            return cls(wanted, np.empty((len(rows), len(wanted))))
        return cls(wanted, read_matrix(rows, wanted))

    @classmethod
    def of_one(cls, row: Mapping[str, Any], names: Sequence[str], more: Sequence[str] = ()) -> FeatureTable:
        """Read one customer from a mapping of numbers; None is missing. Raises as :meth:`of_frame`."""
        missing = [name for name in names if name not in row]
        if missing:
            near = nearest(missing[0], row, most=1)
            do = (
                f"did you mean {near[0]!r} for {missing[0]!r}?" if near else "give every feature of the model"
            )
            raise ColumnError("features are missing", got=f"no {', '.join(missing)}", do=do)
        wanted = (*names, *(name for name in more if name in row))
        values = np.array([[row[name] for name in wanted]], dtype=np.float64)
        if np.isinf(values).any():
            raise InputError("features hold infinite numbers", do="make them missing")
        return cls(wanted, values)

    def __len__(self) -> int:
        return len(self.values)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> Floats:
        return self.values[:, self.names.index(name)]

    def matrix(self, features: Sequence[str]) -> Floats:
        """Return some columns in the order of `features`, shape (n, len(features))."""
        if list(features) == [CONSTANT]:
            return np.zeros((len(self), 1))
        return np.take(self.values, _places(self.names, tuple(features)), axis=1)

    def where(self, mask: npt.NDArray[np.bool_]) -> FeatureTable:
        """Return the rows that the mask keeps."""
        return FeatureTable(self.names, self.values[mask])


@lru_cache(maxsize=256)
def _places(names: tuple[str, ...], features: tuple[str, ...]) -> Integers:
    # Every request asks for the same columns of the same table.
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[name] for name in features], dtype=np.int64)
