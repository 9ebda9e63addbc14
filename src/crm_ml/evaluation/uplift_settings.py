"""How an uplift model is fitted and judged on a campaign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from crm_ml.base.validation import check_fraction, check_positive

__all__ = ["UpliftSettings"]


@dataclass(frozen=True)
class UpliftSettings:
    """Options of fitting and judging.

    Parameters
    ----------
    folds : int
        Parts of the campaign; each is judged by a model of the others. 2: held-out halves.
    least_arm : int
        Customers in either arm below which no model is fitted.
    least_outcomes : int
        Customers of either arm who did it (and who did not) below which no model is fitted.
    min_leaf, num_leaves : int
        Of the trees: differences are noisier than levels, so leaves are large and few.
    budgets : tuple of float
        Shares of the customers that a campaign might reach, to compare.
    replicates : int
        Draws of the customer bootstrap.
    level : float
        Coverage of the intervals.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    folds: int = 5
    least_arm: int = 200
    least_outcomes: int = 20
    min_leaf: int = 200
    num_leaves: int = 8
    budgets: tuple[float, ...] = (0.1, 0.2, 0.3, 0.5, 1.0)
    replicates: int = 400
    level: float = 0.95

    def __post_init__(self) -> None:
        for name in ("least_arm", "least_outcomes", "min_leaf", "num_leaves", "replicates"):
            check_positive(getattr(self, name), what=name)
        check_positive(self.folds - 1, what="folds − 1")
        for share in (self.level, *self.budgets):
            check_fraction(share, what="a level or a budget")
