"""ABC classes: the smallest set of customers that makes 80 % of revenue, the next up to 95 %, the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.classes.breaks import at_least
from crm_ml.classes.ranking import largest_first, names_at

__all__ = ["ABC", "Abc"]

ABC = ("A", "B", "C")


class Abc:
    """Classes by cumulative share of revenue.

    Parameters
    ----------
    cuts : tuple of float
        Cumulative shares at which A and B end; the customer who crosses a border still belongs above it.

    Attributes
    ----------
    edges_ : tuple of float
        Lowest amount of A and of B.

    Examples
    --------
    >>> Abc().rank(pd.Series({"a": 70.0, "b": 15.0, "c": 11.0, "d": 4.0})).tolist()
    ['A', 'A', 'B', 'C']
    """

    edges_: tuple[float, ...]

    def __init__(self, cuts: tuple[float, float] = (0.80, 0.95)) -> None:
        if not 0 < cuts[0] <= cuts[1] <= 1:
            raise InputError("cuts of ABC must rise between 0 and 1", got=cuts)
        self.cuts = cuts

    def rank(self, revenue: pd.Series) -> pd.Series:
        """Return the class of each customer; equal amounts are ordered by customer id.

        Amounts of 0 and below are C and add nothing to the total.
        """
        order = largest_first(revenue)
        amounts = np.maximum(revenue.to_numpy(dtype=float)[order], 0.0)
        total = amounts.sum()
        if total <= 0:
            return pd.Series(ABC[-1], index=revenue.index, dtype="str")
        # Rounded: 0.8 of a total must not depend on the last bit of a float sum.
        before = np.round((np.cumsum(amounts) - amounts) / total, 12)
        places = np.empty(len(order), dtype=np.int64)
        places[order] = np.where(amounts > 0, np.searchsorted(self.cuts, before, side="right"), 2)
        return pd.Series(names_at(places, ABC), index=revenue.index)

    def fit(self, revenue: pd.Series) -> Self:
        """Store the lowest amount of A and of B."""
        classes = self.rank(revenue)
        edges = [float(revenue[classes <= name].min()) for name in ABC[:2]]
        self.edges_ = tuple(edge if np.isfinite(edge) else float("inf") for edge in edges)
        return self

    def transform(self, revenue: pd.Series) -> pd.Series:
        """Return the class of each customer by the stored borders."""
        amounts = revenue.to_numpy(dtype=float)
        names = np.select([at_least(amounts, edge) for edge in self.edges_], ABC[:2], default=ABC[2])
        return pd.Series(names, index=revenue.index, dtype="str")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; an open border becomes None."""
        return {"cuts": list(self.cuts), "edges": [e if np.isfinite(e) else None for e in self.edges_]}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Restore what `to_dict` gave."""
        first, second = stored["cuts"]
        classes = cls((first, second))
        classes.edges_ = tuple(float("inf") if edge is None else float(edge) for edge in stored["edges"])
        return classes
