"""Value tiers: spenders in three groups by amount, and those who spend nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.classes.breaks import above

__all__ = ["TIERS", "ValueTiers"]

TIERS = ("high", "middle", "low", "inactive")


class ValueTiers:
    """Classes of spenders by quantiles of the amount.

    Parameters
    ----------
    quantiles : tuple of float
        Share of the spenders below the middle and below the high tier.

    Attributes
    ----------
    edges_ : tuple of float
        Amounts above which a spender is high, and middle.

    Examples
    --------
    >>> tiers = ValueTiers().fit(pd.Series([0.0, 1.0, 2.0, 3.0, 4.0, 10.0]))
    >>> tiers.transform(pd.Series([0.0, 1.0, 3.5, 50.0])).tolist()
    ['inactive', 'low', 'middle', 'high']
    """

    edges_: tuple[float, ...]

    def __init__(self, quantiles: tuple[float, float] = (0.5, 0.8)) -> None:
        if not 0 < quantiles[0] <= quantiles[1] < 1:
            raise InputError("quantiles of the tiers must rise between 0 and 1", got=quantiles)
        self.quantiles = quantiles

    def fit(self, amounts: pd.Series) -> Self:
        """Learn the borders from the spenders; without any, every later spender is high."""
        spent = amounts[amounts > 0].to_numpy(dtype=float)
        middle, high = np.quantile(spent, self.quantiles, method="inverted_cdf") if spent.size else (0.0, 0.0)
        self.edges_ = (float(high), float(middle))
        return self

    def transform(self, amounts: pd.Series) -> pd.Series:
        """Return the tier of every amount."""
        given = amounts.to_numpy(dtype=float)
        rules = [above(given, edge) for edge in self.edges_]
        names = np.select([given <= 0, *rules], (TIERS[3], *TIERS[:2]), default=TIERS[2])
        return pd.Series(np.where(np.isnan(given), TIERS[3], names), index=amounts.index, dtype="str")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"quantiles": list(self.quantiles), "edges": list(self.edges_)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Restore what `to_dict` gave."""
        low, high = stored["quantiles"]
        tiers = cls((low, high))
        tiers.edges_ = tuple(float(edge) for edge in stored["edges"])
        return tiers
