"""Customers in the order of an amount, and the names of their classes: by place and never by text.

A text is made once a class and taken for each customer; a place is found without a look at ids.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

__all__ = ["largest_first", "names_at"]


def largest_first(amounts: pd.Series) -> npt.NDArray[np.intp]:
    """Return the places of a series from the largest amount down; equal amounts are ordered by customer id.

    Examples
    --------
    >>> largest_first(pd.Series({"b": 5.0, "a": 5.0, "c": 9.0})).tolist()
    [2, 1, 0]
    """
    by_id = pd.Series(np.arange(len(amounts)), index=amounts.index).sort_index(kind="stable").to_numpy()
    order: npt.NDArray[np.intp] = np.argsort(-amounts.to_numpy(dtype="float64")[by_id], kind="stable")
    return by_id[order]


def names_at(places: npt.NDArray[np.integer], names: Iterable[str]) -> ExtensionArray:
    """Return the name at each place, as text.

    Examples
    --------
    >>> names_at(np.array([1, 0, 1]), ["A", "B"]).tolist()
    ['B', 'A', 'B']
    """
    texts: ExtensionArray = pd.array([*names], dtype="str")
    return texts.take(places)
