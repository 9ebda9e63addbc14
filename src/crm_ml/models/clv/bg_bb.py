"""BG/BB: customers who may buy at given opportunities only (Fader, Hardie & Shang 2010)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy.special import betaln, digamma

from crm_ml.base.exceptions import InputError
from crm_ml.models.clv._newton import Evaluation
from crm_ml.models.clv.counts import trigamma
from crm_ml.models.clv.opportunities import cut_by_x, log_likelihood, shares_of
from crm_ml.models.clv.purchase_model import PurchaseModel
from crm_ml.models.clv.rows import Array, Rows

__all__ = ["BGBB"]

# Chances that are computed at a time.
CELLS = 200_000


class BGBB(PurchaseModel):
    """The beta-geometric / beta-Bernoulli model, for discrete opportunities such as a yearly campaign.

    At each opportunity a customer who is alive buys with a personal chance; before each opportunity the
    customer drops out with another personal chance.

    Parameters
    ----------
    time_unit : {"day", "week", "month", "year"}
        Time between two opportunities: `t_x`, `T` and horizons count opportunities.
    penalty
        See :class:`~crm_ml.models.clv.purchase_model.PurchaseModel`.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. & Shang, J. (2010). Customer-base analysis in a discrete-time
    noncontractual setting. Marketing Science 29(6), 1086–1108: likelihood eq. 6, expectation eq. 13.

    Examples
    --------
    >>> import pandas as pd
    >>> donations = pd.DataFrame(
    ...     {"frequency": [0, 1, 3, 6], "t_x": [0, 2, 5, 6], "T": [6] * 4, "count": [500, 200, 150, 150]}
    ... )
    >>> BGBB(time_unit="year").fit(donations).expected_purchases(donations, 5).round(1).tolist()
    [0.1, 0.7, 2.1, 4.3]
    """

    parameters: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")
    meaning: ClassVar[Mapping[str, str]] = {
        "alpha": "weight of buying: the mean chance to buy at an opportunity is alpha / (alpha + beta)",
        "beta": "weight of not buying; alpha + beta says how alike customers are in this",
        "gamma": "weight of dropping out: the mean chance before an opportunity is gamma / (gamma + delta)",
        "delta": "weight of staying; gamma + delta says how alike customers are in this",
    }
    scales: ClassVar[tuple[str, ...]] = ()
    discrete: ClassVar[bool] = True
    sample_size: ClassVar[int] = 50_000
    comparable_with_nbd: ClassVar[bool] = False

    def _check(self, rows: Rows) -> None:
        whole = (rows.t_x == np.floor(rows.t_x)) & (np.floor(rows.T) == rows.T)
        wrong = ~whole | (rows.x > rows.t_x)
        if wrong.any():
            raise InputError(
                "t_x and T must count opportunities, with at most one purchase at each",
                got=f"{int(wrong.sum())} rows that do not (first at {int(np.argmax(wrong))})",
                do="count periods, or use BGNBD",
            )

    def _starts(self, rows: Rows) -> list[Array]:
        return [np.array([1.0, 1.0, 1.0, 4.0]), np.array([0.5, 2.0, 0.5, 9.0])]

    def _evaluate(self, theta: Array, rows: Rows) -> Evaluation:
        alpha, beta, gamma, delta = theta
        found = log_likelihood(theta, rows)
        total, gradient, hessian = rows.count.sum(), found.gradient, found.hessian
        for start, (p, q) in ((0, (alpha, beta)), (2, (gamma, delta))):
            both = slice(start, start + 2)
            gradient[both] -= total * (digamma([p, q]) - digamma(p + q))
            hessian[both, both] -= total * (np.diag(trigamma(np.array([p, q]))) - trigamma(p + q))
        value = found.value - total * (betaln(alpha, beta) + betaln(gamma, delta))
        return Evaluation(float(value), gradient, hessian)

    def _parts(self, rows: Rows) -> list[Rows]:
        return [rows.take(places) for places in cut_by_x(rows)]

    def _alive(self, rows: Rows) -> Array:
        result: Array = self._shares(rows)[0]
        return result

    def _gone(self, rows: Rows) -> Array:
        result: Array = self._shares(rows)[1]
        return result

    def _shares(self, rows: Rows) -> Array:
        """Return the share of the story "alive" and of all stories of dropping out."""
        result = np.empty((2, len(rows.x)))
        for places in cut_by_x(rows):
            result[:, places] = shares_of(self.theta, rows.take(places))
        return result

    def _expected_if_alive(self, rows: Rows, horizon: float) -> Array:
        alpha, beta = self.theta[:2]
        ages, place = np.unique(rows.T, return_inverse=True)
        stay = self._stay(ages, int(np.ceil(horizon)))
        # A part of a period counts for that part of its opportunity.
        parts = np.minimum(1.0, horizon - np.arange(stay.shape[1] - 1))
        lived: Array = (stay[:, 1:] @ parts)[place]
        result: Array = (alpha + rows.x) / (alpha + beta + rows.T) * lived
        return result

    def _none_if_alive(self, rows: Rows, horizon: float) -> Array:
        return self._distribution_if_alive(rows, horizon, 0)[:, 0]

    def _distribution_if_alive(self, rows: Rows, horizon: float, most: int) -> Array:
        """Sum over how many opportunities the customer lives through (eq. 12 of the paper, one by one)."""
        first, inverse = rows.distinct_pairs
        periods = int(np.ceil(horizon))
        size = max(1, CELLS // (periods + 2))
        found = [
            self._counts(rows.take(part), periods, most)
            for part in np.split(first, range(size, len(first), size))
        ]
        return np.concatenate(found)[inverse]

    def _counts(self, rows: Rows, periods: int, most: int) -> Array:
        alpha, beta, _, _ = self.theta
        stay = self._stay(rows.T, periods + 1)
        lived = stay[:, : periods + 1] - np.pad(stay[:, 1 : periods + 1], ((0, 0), (0, 1)))
        p, q, m = (alpha + rows.x)[:, None], (beta + rows.T - rows.x)[:, None], np.arange(periods + 1.0)
        # ln P(n purchases at m opportunities), for n = 0 and then step by step: quotients need no log-gamma.
        steps = np.log((q + m[:-1]) / (p + q + m[:-1]))
        log_chance = np.cumsum(np.pad(steps, ((0, 0), (1, 0))), axis=1)
        result = np.zeros((len(p), most + 1))
        for n in range(min(most, periods) + 1):
            if n:
                left = m[n:] - n
                log_chance = log_chance[:, 1:] + np.log((p + n - 1.0) * (left + 1.0) / (n * (q + left)))
            result[:, n] = np.sum(np.exp(log_chance) * lived[:, n:], axis=1)
        return result

    def _stay(self, ages: Array, periods: int) -> Array:
        """Return the chance of those alive to be alive at 0, 1, … more opportunities."""
        _, _, gamma, delta = self.theta
        start = (delta + ages)[:, None] + np.arange(periods)
        return np.cumprod(np.pad(start / (gamma + start), ((0, 0), (1, 0)), constant_values=1.0), axis=1)
