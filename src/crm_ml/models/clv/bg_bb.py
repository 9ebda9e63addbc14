"""BG/BB: customers who may buy at given opportunities only (Fader, Hardie & Shang 2010)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import numpy as np
from scipy.special import digamma, gammaln

from crm_ml.base.exceptions import InputError
from crm_ml.models.clv._mixture import mixture, shares
from crm_ml.models.clv._newton import Evaluation
from crm_ml.models.clv.counts import trigamma
from crm_ml.models.clv.purchase_model import PurchaseModel
from crm_ml.models.clv.rows import Array, Rows, distinct

__all__ = ["BGBB"]


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
    part_size: ClassVar[int] = 512
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
        log_terms, first, second = _stories(theta, rows)
        mixed = mixture(log_terms, first, second, rows.count)
        total, gradient, hessian = rows.count.sum(), mixed.gradient, mixed.hessian
        for start, (p, q) in ((0, (alpha, beta)), (2, (gamma, delta))):
            both = slice(start, start + 2)
            gradient[both] -= total * (digamma([p, q]) - digamma(p + q))
            hessian[both, both] -= total * (np.diag(trigamma(np.array([p, q]))) - trigamma(p + q))
        value = mixed.value - total * (_log_beta(alpha, beta) + _log_beta(gamma, delta))
        return Evaluation(float(value), gradient, hessian)

    def _alive(self, rows: Rows) -> Array:
        result: Array = self._shares(rows)[0]
        return result

    def _gone(self, rows: Rows) -> Array:
        result: Array = self._shares(rows)[1]
        return result

    def _shares(self, rows: Rows) -> Array:
        """Return the share of the story "alive" and of all stories of dropping out."""
        found = [shares(_stories(self.theta, part)[0])[0] for part in rows.parts(self.part_size)]
        return np.concatenate([np.array([one[0], one[1:].sum(axis=0)]) for one in found], axis=1)

    def _expected_if_alive(self, rows: Rows, horizon: float) -> Array:
        alpha, beta = self.theta[:2]
        first, place = distinct(rows.T)
        stay = self._stay(rows.take(first), int(np.ceil(horizon)))
        # A part of a period counts for that part of its opportunity.
        parts = np.minimum(1.0, horizon - np.arange(stay.shape[1] - 1))
        lived: Array = (stay[:, 1:] @ parts)[place]
        result: Array = (alpha + rows.x) / (alpha + beta + rows.T) * lived
        return result

    def _none_if_alive(self, rows: Rows, horizon: float) -> Array:
        return self._distribution_if_alive(rows, horizon, 0)[:, 0]

    def _distribution_if_alive(self, rows: Rows, horizon: float, most: int) -> Array:
        """Sum over how many opportunities the customer lives through (eq. 12 of the paper, one by one)."""
        alpha, beta, _, _ = self.theta
        periods = int(np.ceil(horizon))
        stay = self._stay(rows, periods + 1)
        lived = stay[:, : periods + 1].copy()
        lived[:, :-1] -= stay[:, 1 : periods + 1]
        p, q = (alpha + rows.x)[:, None, None], (beta + rows.T - rows.x)[:, None, None]
        n, m = np.arange(most + 1.0)[:, None], np.arange(periods + 1.0)
        possible = n <= m
        rest = np.where(possible, m - n, 0.0)
        choose: Array = gammaln(m + 1.0) - gammaln(n + 1.0) - gammaln(rest + 1.0)
        log_chance = choose + _log_beta(p + n, q + rest) - _log_beta(p, q)
        result: Array = np.sum(np.where(possible, np.exp(log_chance), 0.0) * lived[:, None, :], axis=2)
        return result

    def _stay(self, rows: Rows, periods: int) -> Array:
        """Return the chance of those alive to be alive at 0, 1, … more opportunities."""
        _, _, gamma, delta = self.theta
        start = (delta + rows.T)[:, None] + np.arange(periods)
        return np.concatenate(
            [np.ones((len(rows.T), 1)), np.cumprod(start / (gamma + start), axis=1)], axis=1
        )


def _log_beta(p: float | Array, q: float | Array) -> Array:
    return np.asarray(gammaln(p) + gammaln(q) - gammaln(p + q))


def _stories(theta: Array, rows: Rows) -> tuple[Array, Array, dict[tuple[int, int], Array]]:
    """Return the stories "alive at T" and "dropped out after opportunity t_x + i" for every possible i."""
    alpha, beta, gamma, delta = theta
    longest = int((rows.T - rows.t_x).max())
    lived = np.vstack([rows.T, np.minimum(rows.t_x + np.arange(longest)[:, None], rows.T)])
    dead = np.ones((longest + 1, 1))
    dead[0] = 0.0
    possible = (lived < rows.T) | (dead == 0.0)
    # All arguments are a parameter plus a whole number: compute each function once a number.
    steps = np.arange(float(rows.T.max()) + 2.0)
    at, silent, left = (one.astype(np.intp) for one in (lived, lived - rows.x, lived + dead))

    def values(function: Callable[[Array], Array]) -> tuple[Array, ...]:
        """Return the function of p, q, p + q, g, d and g + d."""
        buying = function(alpha + rows.x), function(beta + steps)[silent], function(alpha + beta + steps)[at]
        staying = function(gamma + dead), function(delta + steps)[at], function(gamma + delta + steps)[left]
        return *buying, *staying

    p, q, both, g, d, all_ = values(gammaln)
    log_terms = np.where(possible, p + q - both + g + d - all_, -np.inf)
    p, q, both, g, d, all_ = values(digamma)
    first = np.array([p - both, q - both, g - all_, d - all_])
    p, q, both, g, d, all_ = values(trigamma)
    second = {
        (0, 0): p - both,
        (0, 1): -both,
        (1, 1): q - both,
        (2, 2): g - all_,
        (2, 3): -all_,
        (3, 3): d - all_,
    }
    return log_terms, first, second
