"""Dropout after a purchase: the mathematics that BG/NBD, MBG/NBD and their regular-timing variant share.

A customer buys at a rate drawn from Gamma(r, alpha) and drops out after a purchase with a chance drawn
from Beta(a, b). The likelihood of a history is a sum of two stories: gone at t_x, or still there and quiet
until T.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import betainc, digamma, expit, gammaln

from crm_ml.models.clv._newton import Evaluation
from crm_ml.models.clv.counts import counts_within, trigamma
from crm_ml.models.clv.expectation import purchases_until_dropout
from crm_ml.models.clv.purchase_model import PurchaseModel, rate_starts
from crm_ml.models.clv.rows import Array, Rows

__all__ = ["DropoutModel", "Quiet"]

_FEW = 256  # so many numbers cost hardly more than one


@dataclass(frozen=True)
class Quiet:
    """Logarithm of ``P(timing, quiet until T) / P(timing)`` given no dropout, with derivatives."""

    value: Array
    by_r: Array
    by_alpha: Array
    r_r: Array | float
    r_alpha: Array
    alpha_alpha: Array


class DropoutModel(PurchaseModel):
    """Base of the models in which customers drop out after a purchase."""

    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    meaning: ClassVar[Mapping[str, str]] = {
        "r": "how alike the purchase rates of customers are: the larger, the more alike",
        "alpha": "scale of the rates in time: the mean rate while alive is r / alpha",
        "a": "weight of dropping out: the mean chance to drop out after a purchase is a / (a + b)",
        "b": "weight of staying; a + b says how alike customers are in this",
    }
    # Chances to drop out before the first repeat purchase: 0, or 1 at the very first purchase.
    first_chance: ClassVar[int] = 0

    def _starts(self, rows: Rows) -> list[Array]:
        return rate_starts(rows, 0.7, 2.0)

    def _evaluate(self, theta: Array, rows: Rows) -> Evaluation:
        """Add up the timing until t_x, the chances taken, and the mixture of the two stories."""
        a, b = theta[2:]
        n = rows.count
        value, gradient, hessian = self._until_last(theta, rows)
        quiet = self._quiet(theta, rows)
        log_odds = self._log_odds_gone(theta, rows, quiet)
        log_sum = np.maximum(log_odds, 0.0) + np.log1p(np.exp(-np.abs(log_odds)))
        value += float(n @ (quiet.value + log_sum))

        w = np.exp(log_odds - log_sum)
        gone = n * w
        still = n - gone
        x, place, _ = rows.distinct_x
        one_left = (1.0 / self._left(b, x))[place]
        total_gone = gone.sum()
        gradient += [still @ quiet.by_r, still @ quiet.by_alpha, total_gone / a, -(gone @ one_left)]
        second = np.diag([0.0, still @ quiet.alpha_alpha, -total_gone / a**2, gone @ one_left**2])
        second[0, 0] = np.sum(still * quiet.r_r)
        second[0, 1] = second[1, 0] = still @ quiet.r_alpha
        difference = quiet.by_r, quiet.by_alpha, np.full(len(n), -1.0 / a), one_left
        hessian += second + _products(still * w, difference)
        return Evaluation(float(value), gradient, hessian)

    def _until_last(self, theta: Array, rows: Rows) -> tuple[float, Array, Array]:
        """Return the log-likelihood of x purchases at ages up to t_x without dropout, with derivatives."""
        r, alpha, a, b = theta
        n, total = rows.count, rows.count.sum()
        x, _, weight = rows.distinct_x
        stages, chances = r + self._stages * x, x + self.first_chance
        A, R = alpha + rows.t_x, r + self._stages * rows.x
        value = weight @ (gammaln(stages) - gammaln(r)) + total * r * np.log(alpha) - n @ (R * np.log(A))
        value += weight @ (gammaln(a + b) - gammaln(a + b + chances) + gammaln(b + chances) - gammaln(b))
        both = total * digamma(a + b) - weight @ digamma(a + b + chances)
        gradient = np.array(
            [
                weight @ digamma(stages) + total * (np.log(alpha) - digamma(r)) - n @ np.log(A),
                total * r / alpha - n @ (R / A),
                both,
                both + weight @ digamma(b + chances) - total * digamma(b),
            ]
        )
        hessian = np.zeros((4, 4))
        hessian[0, 0] = weight @ trigamma(stages) - total * trigamma(r)
        hessian[0, 1] = hessian[1, 0] = total / alpha - n @ (1.0 / A)
        hessian[1, 1] = -total * r / alpha**2 + n @ (R / A**2)
        hessian[2:, 2:] = total * trigamma(a + b) - weight @ trigamma(a + b + chances)
        hessian[3, 3] += weight @ trigamma(b + chances) - total * trigamma(b)
        return float(value), gradient, hessian

    @property
    def _stages(self) -> int:
        """Exponential stages between two purchases; 1 is Poisson timing."""
        return 1

    def _quiet(self, theta: Array, rows: Rows) -> Quiet:
        r, alpha = theta[:2]
        R, last, now = r + rows.x, alpha + rows.t_x, alpha + rows.T
        ratio = np.log1p((rows.T - rows.t_x) / last)
        slope = 1.0 / last - 1.0 / now
        curvature = R * (1.0 / now**2 - 1.0 / last**2)
        return Quiet(-R * ratio, -ratio, R * slope, 0.0, slope, curvature)

    def _log_odds_gone(self, theta: Array, rows: Rows, quiet: Quiet) -> Array:
        a, b = theta[2:]
        x, place, _ = rows.distinct_x
        with np.errstate(divide="ignore"):
            taken = np.log(np.where(x + self.first_chance > 0, a / self._left(b, x), 0.0))
        return taken[place] - quiet.value

    def _left(self, b: float, x: Array) -> Array:
        """Return the weight of staying before the last chance; anything where there was no chance."""
        chances = x + self.first_chance
        return np.where(chances > 0, b + chances - 1.0, 1.0)

    def _alive(self, rows: Rows) -> Array:
        theta = self.theta
        result: Array = expit(-self._log_odds_gone(theta, rows, self._quiet(theta, rows)))
        return result

    def _gone(self, rows: Rows) -> Array:
        theta = self.theta
        result: Array = expit(self._log_odds_gone(theta, rows, self._quiet(theta, rows)))
        return result

    def _expected_if_alive(self, rows: Rows, horizon: float) -> Array:
        result: Array = self._expected_until_dropout(rows, np.array([horizon]))[0]
        return result

    def _expected_within(self, rows: Rows, times: Array) -> Iterator[Array]:
        """Answer for a few rows at many times at once, for many rows at one time after the other."""
        at_once = max(1, _FEW // len(rows.x))
        for start in range(0, len(times), at_once):
            yield from self._expected_until_dropout(rows, times[start : start + at_once])

    def _expected_until_dropout(self, rows: Rows, times: Array) -> Array:
        """Depend on x and T only: compute once a distinct pair; shape (times, rows)."""
        r, alpha, a, b = self.theta
        first, inverse = rows.distinct_pairs
        x, T = rows.x[first], rows.T[first]
        B = b + x + self.first_chance
        return purchases_until_dropout(a, B, r + x, times[:, None] / (alpha + T))[:, inverse]

    def _none_if_alive(self, rows: Rows, horizon: float) -> Array:
        r, alpha = self.theta[:2]
        result: Array = np.exp(-(r + rows.x) * np.log1p(horizon / (alpha + rows.T)))
        return result

    def _distribution_if_alive(self, rows: Rows, horizon: float, most: int) -> Array:
        """Alive after n purchases, or dropped out at the n-th of at least n (FHL eq. 8 with conditioning)."""
        r, alpha, a, b = self.theta
        R, q, B = r + rows.x, horizon / (alpha + rows.T), b + rows.x + self.first_chance
        result = counts_within(R, q, most)
        alive = np.ones(len(R))
        for n in range(1, most + 1):
            before, alive = alive, alive * (B + n - 1.0) / (a + B + n - 1.0)
            stopped = before * a / (a + B + n - 1.0)
            result[:, n] = result[:, n] * alive + betainc(n, R, q / (1.0 + q)) * stopped
        return result


def _products(weight: Array, columns: Sequence[Array]) -> Array:
    """Return the weighted sums of products of the columns: quicker than a matrix product of so few rows."""
    result = np.empty((len(columns), len(columns)))
    for i, column in enumerate(columns):
        weighted = weight * column
        for j in range(i + 1):
            result[i, j] = result[j, i] = weighted @ columns[j]
    return result
