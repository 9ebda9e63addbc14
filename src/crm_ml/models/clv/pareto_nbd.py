"""Pareto/NBD: customers may drop out at any moment (Schmittlein, Morrison & Colombo 1987)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy.special import digamma, gammaln

from crm_ml.models.clv._mixture import mixture, shares
from crm_ml.models.clv._newton import Evaluation
from crm_ml.models.clv.counts import trigamma
from crm_ml.models.clv.purchase_model import PurchaseModel, rate_starts
from crm_ml.models.clv.quiet_end import death_moments, nodes_of
from crm_ml.models.clv.rows import Array, Rows

__all__ = ["ParetoNBD"]


class ParetoNBD(PurchaseModel):
    """The Pareto / NBD model.

    A customer buys at random moments at a personal rate and drops out at a random moment, whether just having
    bought or not.

    Parameters
    ----------
    time_unit, penalty
        See :class:`~crm_ml.models.clv.purchase_model.PurchaseModel`.

    Notes
    -----
    The likelihood is the sum of "alive at T" and an integral over the moment of dropping out, which is
    done by Gauss–Legendre quadrature: no Gauss function, no case distinction, and exact derivatives.

    References
    ----------
    Schmittlein, D. C., Morrison, D. G. & Colombo, R. (1987). Counting your customers: who are they and
    what will they do next? Management Science 33(1), 1–24. Notation of Fader & Hardie (2005), A note on
    deriving the Pareto/NBD model.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame(
    ...     {"frequency": [0, 1, 2, 6], "t_x": [0, 10, 30, 34], "T": [39] * 4, "count": [600, 200, 90, 110]}
    ... )
    >>> bool(ParetoNBD(time_unit="week").fit(summary).probability_alive(summary)[0] < 1)
    True
    """

    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    meaning: ClassVar[Mapping[str, str]] = {
        "r": "how alike the purchase rates of customers are: the larger, the more alike",
        "alpha": "scale of the purchase rates: the mean rate while alive is r / alpha",
        "s": "how alike the dropout rates of customers are: the larger, the more alike",
        "beta": "scale of the dropout rates: the mean rate of dropping out is s / beta",
    }
    scales: ClassVar[tuple[str, ...]] = ("alpha", "beta")
    part_size: ClassVar[int] = 8_192

    def _starts(self, rows: Rows) -> list[Array]:
        return rate_starts(rows, 0.8, 0.8)

    def _evaluate(self, theta: Array, rows: Rows) -> Evaluation:
        r = theta[0]
        x, _, weight = rows.distinct_x
        by_r = weight @ (digamma(r + x) - digamma(r))
        r_r = weight @ (trigamma(r + x) - trigamma(r))
        value = float(weight @ (gammaln(r + x) - gammaln(r)))
        counts = Evaluation(value, np.array([by_r, 0.0, 0.0, 0.0]), np.diag([r_r, 0.0, 0.0, 0.0]))
        return counts + _until_last(theta, rows) + mixture(*_stories(theta, rows), rows.count)

    def _shares(self, rows: Rows) -> Array:
        """Return the share of the story "alive" and of all stories of dropping out."""
        found = [shares(_log_terms(self.theta, part)[0])[0] for part in rows.parts(self.part_size)]
        return np.concatenate([np.array([one[0], one[1:].sum(axis=0)]) for one in found], axis=1)

    def _alive(self, rows: Rows) -> Array:
        result: Array = self._shares(rows)[0]
        return result

    def _gone(self, rows: Rows) -> Array:
        result: Array = self._shares(rows)[1]
        return result

    def _expected_if_alive(self, rows: Rows, horizon: float) -> Array:
        r, alpha, s, beta = self.theta
        return _expected(r + rows.x, alpha + rows.T, s, beta + rows.T, horizon)

    def _none_if_alive(self, rows: Rows, horizon: float) -> Array:
        return self._distribution_if_alive(rows, horizon, 0)[:, 0]

    def _distribution_if_alive(self, rows: Rows, horizon: float, most: int) -> Array:
        """Sum over the moment of dropping out, or none, of the negative binomial count until then."""
        found = [self._counts_if_alive(part, horizon, most) for part in rows.parts(self.part_size)]
        return np.concatenate(found)

    def _counts_if_alive(self, rows: Rows, horizon: float, most: int) -> Array:
        r, alpha, s, beta = self.theta
        R, A, B = r + rows.x, alpha + rows.T, beta + rows.T
        result = np.empty((len(R), most + 1))
        for n in range(most + 1):
            log_count = gammaln(R + n) - gammaln(R) - gammaln(n + 1.0)
            result[:, n] = np.exp(log_count) * death_moments(R, A, s, B, span=horizon, n=n)
        return result


def _expected(R: Array, A: Array, s: float, B: Array, horizon: float | Array) -> Array:
    """Return ``R / A * B / (s - 1) * (1 - (B / (B + t))**(s - 1))``, regular at s = 1."""
    L = np.log1p(horizon / B)
    lifetime = L if s == 1.0 else -np.expm1(-(s - 1.0) * L) / (s - 1.0)
    result: Array = R / A * B * lifetime
    return result


def _until_last(theta: Array, rows: Rows) -> Evaluation:
    """Return the log-likelihood of x purchases by t_x while alive, but for the factor in x and r alone."""
    r, alpha, s, beta = theta
    n, total, A, B, R = rows.count, rows.count.sum(), alpha + rows.t_x, beta + rows.t_x, r + rows.x
    by_r, by_s = total * np.log(alpha) - n @ np.log(A), -(n @ np.log1p(rows.t_x / beta))
    value = r * by_r - (n * rows.x) @ np.log(A) + s * by_s
    gradient = np.array([by_r, total * r / alpha - n @ (R / A), by_s, s * (total / beta - n @ (1.0 / B))])
    hessian = np.zeros((4, 4))
    hessian[0, 1] = hessian[1, 0] = total / alpha - n @ (1.0 / A)
    hessian[1, 1] = n @ (R / A**2) - total * r / alpha**2
    hessian[2, 3] = hessian[3, 2] = total / beta - n @ (1.0 / B)
    hessian[3, 3] = s * (n @ (1.0 / B**2) - total / beta**2)
    return Evaluation(float(value), gradient, hessian)


def _log_terms(theta: Array, rows: Rows) -> tuple[Array, Array]:
    """Return the stories "alive at T" and "dropped out u after t_x" for a grid of u, and the grid."""
    r, alpha, s, beta = theta
    R, A, B, span = r + rows.x, alpha + rows.t_x, beta + rows.t_x, rows.T - rows.t_x
    u, log_weight = nodes_of(R, A, s, B, span)
    alive = -R * np.log1p(span / A) - s * np.log1p(span / B)
    dead = -R * np.log1p(u / A) - (s + 1.0) * np.log1p(u / B) + np.log(s / B) + log_weight
    return np.vstack([alive, dead]), np.vstack([span, u])


def _stories(theta: Array, rows: Rows) -> tuple[Array, Array, dict[tuple[int, int], Array]]:
    r, alpha, s, beta = theta
    log_terms, u = _log_terms(theta, rows)
    R, A, B = r + rows.x, alpha + rows.t_x, beta + rows.t_x
    dead = np.ones((len(u), 1))
    dead[0] = 0.0
    shape = s + dead
    by_alpha, by_beta = 1.0 / (A + u) - 1.0 / A, 1.0 / (B + u) - 1.0 / B
    first = np.array(
        [
            -np.log1p(u / A),
            -R * by_alpha,
            dead / s - np.log1p(u / B),
            -shape * by_beta - dead / B,
        ]
    )
    second = {
        (0, 1): -by_alpha,
        (1, 1): R * (1.0 / (A + u) ** 2 - 1.0 / A**2),
        (2, 2): -dead / s**2 + np.zeros_like(u),
        (2, 3): -by_beta,
        (3, 3): shape * (1.0 / (B + u) ** 2 - 1.0 / B**2) + dead / B**2,
    }
    return log_terms, first, second
