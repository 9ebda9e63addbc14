"""The customer pyramid: top 1 %, large 4 %, medium 15 %, small 80 % of the active customers.

Curry & Curry (2000), *The Customer Marketing Method*. Borders are found by rank, with at least one top
customer, and stored as amounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.classes.breaks import at_least
from crm_ml.classes.ranking import largest_first, names_at

__all__ = ["PYRAMID", "Pyramid"]

PYRAMID = ("top", "large", "medium", "small", "inactive")


class Pyramid:
    """Classes by rank on revenue (or profit) of the last twelve months.

    Parameters
    ----------
    cuts : tuple of float
        Cumulative shares of the active customers above each border.

    Attributes
    ----------
    edges_ : tuple of float
        Lowest amount of top, large and medium.

    Examples
    --------
    >>> revenue = pd.Series({"a": 900.0, "b": 90.0, "c": 80.0, "d": 70.0, "e": 0.0})
    >>> Pyramid().rank(revenue).tolist()
    ['top', 'small', 'small', 'small', 'inactive']
    """

    edges_: tuple[float, ...]

    def __init__(self, cuts: tuple[float, float, float] = (0.01, 0.05, 0.20)) -> None:
        if not 0 < cuts[0] <= cuts[1] <= cuts[2] <= 1:
            raise InputError("cuts of the pyramid must rise between 0 and 1", got=cuts)
        self.cuts = cuts

    def rank(self, revenue: pd.Series) -> pd.Series:
        """Return the class of each customer by rank; equal amounts are ordered by customer id.

        Parameters
        ----------
        revenue : Series
            By customer; who has none above 0 is inactive.

        Returns
        -------
        Series of str
            Same index.
        """
        return pd.Series(names_at(self.places(revenue), PYRAMID), index=revenue.index)

    def places(self, revenue: pd.Series) -> npt.NDArray[np.int64]:
        """Return the place of the class of each customer in :data:`PYRAMID`."""
        order = largest_first(revenue)
        active = order[revenue.to_numpy(dtype=float)[order] > 0]
        places = np.full(len(order), PYRAMID.index("inactive"))
        places[active] = np.searchsorted(self._sizes(len(active)), np.arange(len(active)), side="right")
        return places

    def fit(self, revenue: pd.Series) -> Self:
        """Store the lowest amount of every class; a class that is empty takes the border above it."""
        classes = self.rank(revenue)
        edges: list[float] = []
        for name in PYRAMID[:3]:
            inside = revenue[classes == name]
            edges.append(float(inside.min()) if len(inside) else (edges[-1] if edges else float("inf")))
        self.edges_ = tuple(edges)
        return self

    def transform(self, revenue: pd.Series) -> pd.Series:
        """Return the class of each customer by the stored borders."""
        amounts = revenue.to_numpy(dtype=float)
        rules = [at_least(amounts, edge) for edge in self.edges_]
        names = np.select([*rules, amounts > 0], PYRAMID[:4], default=PYRAMID[4])
        return pd.Series(names, index=revenue.index, dtype="str")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; an open border becomes None."""
        edges = [edge if np.isfinite(edge) else None for edge in self.edges_]
        return {"cuts": list(self.cuts), "edges": edges}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Restore what `to_dict` gave."""
        first, second, third = stored["cuts"]
        pyramid = cls((first, second, third))
        pyramid.edges_ = tuple(float("inf") if edge is None else float(edge) for edge in stored["edges"])
        return pyramid

    def _sizes(self, active: int) -> list[int]:
        # Rounded first: 0.05 × 100 is 5.000000000000001 in binary, and its ceiling is not 6 customers.
        return [int(np.ceil(round(cut * active, 9))) for cut in self.cuts]
