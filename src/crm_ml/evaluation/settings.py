"""How models are judged and when one may be champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from crm_ml.base.validation import check_fraction, check_positive

__all__ = ["EvaluationSettings"]


@dataclass(frozen=True)
class EvaluationSettings:
    """Settings of the evaluation.

    Parameters
    ----------
    replicates : int
        Bootstrap draws of customers; fewer on more than 50 000 rows, where intervals are narrow anyway.
    seed : int
        Same seed, same draws.
    level : float
        Coverage of the intervals.
    confidence : float
        Share of the draws in which a model must beat the best baseline to be champion.
    least_cases : int
        Customers of either class in training and in the test below which no model is trained.
    few_cases : int
        Customers of either class below which the result carries a warning.
    top_share : float
        Part of the list that lift and value captured look at.
    margin, save_rate, contact_cost : float
        For the expected profit: margin as a share of money, share of leavers that a contact saves (an
        assumption), cost of one contact in money. Without a cost it is the one at which calling everybody
        earns nothing, so that what is left is the skill of choosing.

    Examples
    --------
    >>> EvaluationSettings().draws(1_000_000)
    50
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    replicates: int = 200
    seed: int = 0
    level: float = 0.95
    confidence: float = 0.9
    least_cases: int = 100
    few_cases: int = 500
    top_share: float = 0.1
    margin: float = 1.0
    save_rate: float = 0.1
    contact_cost: float | None = None

    def __post_init__(self) -> None:
        for name in ("level", "confidence", "top_share", "margin", "save_rate"):
            check_fraction(getattr(self, name), what=name)
        check_positive(self.replicates, what="replicates")

    def draws(self, rows: int) -> int:
        """Return how many bootstrap draws are made for so many rows."""
        return min(self.replicates, max(50, 20_000_000 // max(rows, 1)))
