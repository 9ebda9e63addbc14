"""Risk bands: high, middle, low by the money that threatens to leave and by how likely that is.

Own definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.classes.breaks import at_least

__all__ = ["BANDS", "RiskBands"]

BANDS = ("high", "middle", "low")
# The largest losses that together make half, and four fifths, of all expected loss.
_MONEY_SHARES = (0.5, 0.8)
_CHANCES = (0.5, 0.25)  # the likelier half, and three quarters, of the customers with something to lose
# Where most customers leave, an even chance, or one in three, is a case all the same.
_CASE_ALL_THE_SAME = (0.5, 1 / 3)
_NO_CASE = 0.1  # where hardly anybody leaves, less than one in ten is no case, however likely beside others
_CHANCES_ALONE = (0.8, 0.5)  # where nobody has a usual level, the likeliest fifth and half of all


class RiskBands:
    """Bands whose edges are fitted once, so that a band means the same on the next list.

    Attributes
    ----------
    money_ : tuple of float
        Lowest expected loss of the high and of the middle band.
    chance_ : tuple of float
        Lowest probability of the high and of the middle band.

    Examples
    --------
    >>> loss = pd.Series([100.0, 50.0, 30.0, 5.0, 0.0])
    >>> risk = pd.Series([0.9, 0.8, 0.3, 0.9, 0.9])
    >>> RiskBands().fit(loss, risk).transform(loss, risk).tolist()
    ['high', 'middle', 'low', 'low', 'low']
    """

    money_: tuple[float, ...]
    chance_: tuple[float, ...]

    def fit(self, loss: pd.Series, risk: pd.Series) -> Self:
        """Learn the edges from expected losses and probabilities of a base.

        Without any expected loss (nobody is established) the bands go by chance alone.
        """
        money, chance = loss.to_numpy(dtype=float), risk.to_numpy(dtype=float)
        exposed = (money > 0) & np.isfinite(chance)
        if exposed.any():
            self.money_ = tuple(_holding(money[exposed], share) for share in _MONEY_SHARES)
            known, shares = chance[exposed], list(_CHANCES)
        else:
            self.money_, shares = (0.0, 0.0), list(_CHANCES_ALONE)
            known = chance[np.isfinite(chance)]
        edges = np.quantile(known, shares, method="inverted_cdf") if known.size else np.ones(2)
        self.chance_ = tuple(
            max(min(float(edge), most), _NO_CASE)
            for edge, most in zip(edges, _CASE_ALL_THE_SAME, strict=True)
        )
        return self

    def transform(self, loss: pd.Series, risk: pd.Series) -> pd.Series:
        """Return the band of each customer: money and chance must both reach an edge."""
        money, chance = loss.to_numpy(dtype=float), risk.to_numpy(dtype=float)
        rules = [
            at_least(money, least_money) & at_least(chance, least_chance)
            for least_money, least_chance in zip(self.money_, self.chance_, strict=True)
        ]
        return pd.Series(np.select(rules, BANDS[:2], default=BANDS[2]), index=loss.index, dtype="str")

    def threatens(self, risk: pd.Series) -> npt.NDArray[np.bool_]:
        """Return who is likely enough to leave, or to buy less, that a list should say so."""
        return at_least(risk.to_numpy(dtype=float), self.chance_[1])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"money": list(self.money_), "chance": list(self.chance_)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Restore what `to_dict` gave."""
        bands = cls()
        bands.money_ = tuple(stored["money"])
        bands.chance_ = tuple(stored["chance"])
        return bands


def _holding(losses: npt.NDArray[np.float64], share: float) -> float:
    """Return the lowest of the largest losses that together hold a share of the total."""
    ordered = np.sort(losses)[::-1]
    before = np.cumsum(ordered) - ordered
    return float(ordered[before < share * ordered.sum()][-1])
