"""NBD: customers buy at their own constant rate and never stop (Ehrenberg 1959)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy.special import digamma, gammaln

from crm_ml.models.clv._newton import Evaluation
from crm_ml.models.clv.counts import counts_within, trigamma
from crm_ml.models.clv.purchase_model import PurchaseModel, rate_starts
from crm_ml.models.clv.rows import Array, Rows

__all__ = ["NBD"]


class NBD(PurchaseModel):
    """The negative binomial model of repeat buying, without dropout.

    The nested fall-back when no dropout is visible in the data.

    Parameters
    ----------
    time_unit, penalty
        See :class:`~crm_ml.models.clv.purchase_model.PurchaseModel`.

    References
    ----------
    Ehrenberg, A. S. C. (1959). The pattern of consumer purchases. Applied Statistics 8(1), 26–41.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame(
    ...     {"frequency": [0, 1, 4], "t_x": [0, 30, 80], "T": [90, 90, 90], "count": [60, 30, 10]}
    ... )
    >>> NBD().fit(summary).expected_purchases(summary, 90).round(2).tolist()
    [0.35, 0.85, 2.34]
    """

    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha")
    meaning: ClassVar[Mapping[str, str]] = {
        "r": "how alike the purchase rates of customers are: the larger, the more alike",
        "alpha": "scale of the rates in time: the mean rate is r / alpha",
    }

    def _starts(self, rows: Rows) -> list[Array]:
        return rate_starts(rows)

    def _evaluate(self, theta: Array, rows: Rows) -> Evaluation:
        r, alpha = theta
        x, _, weight = rows.distinct_x
        n, A, R = rows.count, alpha + rows.T, r + rows.x
        total = n.sum()
        value = weight @ (gammaln(r + x) - gammaln(r)) + total * r * np.log(alpha) - n @ (R * np.log(A))
        by_r = weight @ digamma(r + x) + total * (np.log(alpha) - digamma(r)) - n @ np.log(A)
        by_alpha = total * r / alpha - n @ (R / A)
        r_r = weight @ trigamma(r + x) - total * trigamma(r)
        r_alpha = total / alpha - n @ (1.0 / A)
        alpha_alpha = -total * r / alpha**2 + n @ (R / A**2)
        hessian = np.array([[r_r, r_alpha], [r_alpha, alpha_alpha]])
        return Evaluation(float(value), np.array([by_r, by_alpha]), hessian)

    def _alive(self, rows: Rows) -> Array:
        return np.ones(len(rows.x))

    def _gone(self, rows: Rows) -> Array:
        return np.zeros(len(rows.x))

    def _expected_if_alive(self, rows: Rows, horizon: float) -> Array:
        r, alpha = self.theta
        result: Array = (r + rows.x) * (horizon / (alpha + rows.T))
        return result

    def _none_if_alive(self, rows: Rows, horizon: float) -> Array:
        r, alpha = self.theta
        result: Array = np.exp(-(r + rows.x) * np.log1p(horizon / (alpha + rows.T)))
        return result

    def _distribution_if_alive(self, rows: Rows, horizon: float, most: int) -> Array:
        r, alpha = self.theta
        return counts_within(r + rows.x, horizon / (alpha + rows.T), most)
