"""MBG/CNBD-k: as MBG/NBD, with regular timing (Reutterer, Platzer & Schröder 2021)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, gammaln

from crm_ml.base.exceptions import InputError
from crm_ml.models.clv._mixture import shares
from crm_ml.models.clv.counts import trigamma
from crm_ml.models.clv.dropout import Quiet
from crm_ml.models.clv.mbg_nbd import MBGNBD
from crm_ml.models.clv.purchase_model import PurchaseModel
from crm_ml.models.clv.rows import Array, Rows

__all__ = ["ErlangNBD"]

CELLS = 2_000_000


class ErlangNBD(MBGNBD):
    """The MBG/CNBD-k model: gaps between purchases follow an Erlang distribution with k stages.

    With k = 1 it is MBG/NBD; the larger k, the more regular the timing, as in groceries. Then a customer who
    is overdue is suspect much sooner than random timing would allow.

    Parameters
    ----------
    k : int, optional
        Stages between two purchases; the best of 1 to 8 by likelihood when not given.
    time_unit, penalty
        See :class:`~crm_ml.models.clv.purchase_model.PurchaseModel`.

    Attributes
    ----------
    k_ : int
        Stages used.
    log_likelihoods_ : dict of int to float
        Log-likelihood of each k tried.

    Notes
    -----
    The likelihood is a density of (x, t_x) given T, so that different k compare; with a column `log_gaps`
    (sum of the logarithms of the gaps) it is that of all purchase moments, which tells k much better.

    References
    ----------
    Reutterer, T., Platzer, M. & Schröder, N. (2021). Leveraging purchase regularity for predicting customer
    behavior the easy way. International Journal of Research in Marketing 38(1), 194–215.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame(
    ...     {"frequency": [0, 1, 2, 6], "t_x": [0, 10, 30, 34], "T": [39] * 4, "count": [600, 200, 90, 110]}
    ... )
    >>> ErlangNBD(k=2, time_unit="week").fit(summary).k_
    2
    """

    k_: int
    log_likelihoods_: dict[int, float]

    def __init__(self, k: int | None = None, *, time_unit: str = "day", penalty: float = 0.0) -> None:
        super().__init__(time_unit=time_unit, penalty=penalty)
        self.k = k

    def fit(self, summary: pd.DataFrame, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Estimate the parameters, and k when it is not given; see the base class."""
        if self.k is not None:
            if self.k < 1 or self.k != int(self.k):
                raise InputError("k must be a whole number, 1 or more", got=self.k)
            self.k_ = int(self.k)
            super().fit(summary, sample_weight=sample_weight)
            self.log_likelihoods_ = {self.k_: self.log_likelihood_}
            return self
        tried: dict[int, float] = {}
        for k in range(1, 9):
            tried[k] = (
                self.__class__(k, time_unit=self.time_unit, penalty=self.penalty)
                .fit(summary, sample_weight=sample_weight)
                .log_likelihood_
            )
            if k > 1 and tried[k] < tried[k - 1]:
                break
        self.k_ = max(tried, key=lambda k: tried[k])
        super().fit(summary, sample_weight=sample_weight)
        self.log_likelihoods_ = tried
        return self

    @property
    def _stages(self) -> int:
        return self.k_

    def _until_last(self, theta: Array, rows: Rows) -> tuple[float, Array, Array]:
        value, gradient, hessian = super()._until_last(theta, rows)
        k, x, some = self.k_, rows.x, rows.x > 0
        if rows.log_gaps is not None:
            constant = (k - 1.0) * rows.log_gaps - x * gammaln(k)
        else:
            safe_x, safe_t = np.where(some, x, 1.0), np.where(rows.t_x > 0, rows.t_x, 1e-12)
            constant = (k - 1.0) * x * np.log(safe_t) + gammaln(safe_x) - gammaln(k * safe_x)
        return value + float(rows.count @ np.where(some, constant, 0.0)), gradient, hessian

    def _quiet(self, theta: Array, rows: Rows) -> Quiet:
        """Fewer than k stages were completed since the last purchase: a sum over how many."""
        r, alpha = theta[:2]
        R, last, now = r + self.k_ * rows.x, alpha + rows.t_x, alpha + rows.T
        none = _none_completed(R, last, now, rows.T - rows.t_x)
        share, log_sum, j = self._completed(R, now, rows)
        by_r, by_alpha = digamma(R + j) - digamma(R), -j / now
        r_r, alpha_alpha = trigamma(R + j) - trigamma(R), j / now**2
        mean_r, mean_alpha = np.sum(share * by_r, axis=0), np.sum(share * by_alpha, axis=0)
        return Quiet(
            none.value + log_sum,
            none.by_r + mean_r,
            none.by_alpha + mean_alpha,
            np.sum(share * (r_r + by_r**2), axis=0) - mean_r**2,
            none.r_alpha + np.sum(share * by_r * by_alpha, axis=0) - mean_r * mean_alpha,
            none.alpha_alpha + np.sum(share * (alpha_alpha + by_alpha**2), axis=0) - mean_alpha**2,
        )

    def _completed(self, R: Array, now: Array, rows: Rows) -> tuple[Array, Array, Array]:
        """Return the chances of 0 … k-1 completed stages since the last purchase of those alive."""
        j = np.arange(self.k_, dtype=np.float64)[:, None]
        # Minus infinity (no time has passed) times no stage is a chance of 1.
        with np.errstate(divide="ignore", invalid="ignore"):
            power = np.where(j > 0, j * np.log((rows.T - rows.t_x) / now), 0.0)
        share, log_sum = shares(gammaln(R + j) - gammaln(R) - gammaln(j + 1.0) + power)
        return share, log_sum, j

    def _attempts(self, rows: Rows, horizon: float) -> Iterator[tuple[NDArray[np.intp], Array]]:
        """Yield rows and their chances of 0, 1, 2 … purchases within the horizon if nobody dropped out."""
        r, alpha = self.theta[:2]
        k, R, now = self.k_, r + self.k_ * rows.x, alpha + rows.T
        share, _, _ = self._completed(R, now, rows)
        q = horizon / now
        mean = (R + k) * q
        # Beyond this many stages the negative binomial holds less than 1e-17.
        needed = mean + 12.0 * np.sqrt(mean * (1.0 + q)) + 45.0 * (1.0 + q) + k
        order = np.argsort(needed)
        start = 0
        while start < len(order):
            size = max(1, int(CELLS / needed[order[start]]))
            part = order[start : start + size]
            while len(part) > 1 and len(part) * needed[part[-1]] > 2 * CELLS:
                part = part[: len(part) // 2]
            start += len(part)
            purchases = int(np.ceil(needed[part[-1]] / k)) + 1
            yield part, _purchases(k, R[part], q[part], share[:, part], purchases)

    def _expected_if_alive(self, rows: Rows, horizon: float) -> Array:
        a, b = self.theta[2:]
        result = np.zeros(len(rows.x))
        for part, chances in self._attempts(rows, horizon):
            until = np.cumsum(_survival(a, b + rows.x[part] + 1.0, chances.shape[1]), axis=1)
            result[part] = np.sum(chances[:, 1:] * until[:, :-1], axis=1)
        return result

    def _expected_within(self, rows: Rows, times: Array) -> Iterator[Array]:
        # How many stages are added up depends on the time.
        return PurchaseModel._expected_within(self, rows, times)

    def _none_if_alive(self, rows: Rows, horizon: float) -> Array:
        """Quiet a horizon longer, given quiet until now."""
        longer = replace(rows, T=rows.T + horizon)
        result: Array = np.exp(self._quiet(self.theta, longer).value - self._quiet(self.theta, rows).value)
        return result

    def _distribution_if_alive(self, rows: Rows, horizon: float, most: int) -> Array:
        a, b = self.theta[2:]
        result = np.zeros((len(rows.x), most + 1))
        for part, chances in self._attempts(rows, horizon):
            B = b + rows.x[part] + 1.0
            result[part] = _stopped(a, B, chances, most)
        return result

    def to_dict(self) -> dict[str, Any]:
        """Return settings, parameters, covariance and k as plain JSON values."""
        tried = {str(k): float(value) for k, value in self.log_likelihoods_.items()}
        return {**super().to_dict(), "k": self.k_, "log_likelihoods": tried}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model of :meth:`to_dict`."""
        model = super().from_dict(stored)
        model.k_ = int(stored["k"])
        model.log_likelihoods_ = {int(k): float(value) for k, value in stored["log_likelihoods"].items()}
        return model


def _none_completed(R: Array, last: Array, now: Array, span: Array) -> Quiet:
    ratio, slope = np.log1p(span / last), 1.0 / last - 1.0 / now
    return Quiet(-R * ratio, -ratio, R * slope, 0.0, slope, R * (1.0 / now**2 - 1.0 / last**2))


def _purchases(k: int, R: Array, q: Array, share: Array, most: int) -> Array:
    """Return the chances of 0 … `most` purchases from the stages already completed and those to come."""
    stages = np.arange(k * (most + 1), dtype=np.float64)
    result = np.zeros((len(R), most + 1))
    for j in range(k):
        shape = (R + j)[:, None]
        log_chance: Array = gammaln(shape + stages) - gammaln(shape) - gammaln(stages + 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = np.where(stages > 0, stages * np.log(q / (1.0 + q))[:, None], 0.0)
        chance = np.exp(log_chance + moved - shape * np.log1p(q)[:, None])
        shifted = np.concatenate([np.zeros((len(R), j)), chance[:, : chance.shape[1] - j]], axis=1)
        result += share[j][:, None] * shifted.reshape(len(R), most + 1, k).sum(axis=2)
    return result


def _survival(a: float, B: Array, size: int) -> Array:
    """Return the chance to be alive after 0, 1, … purchases."""
    i = np.arange(size - 1)
    steps = (B[:, None] + i) / (a + B[:, None] + i)
    return np.concatenate([np.ones((len(B), 1)), np.cumprod(steps, axis=1)], axis=1)


def _stopped(a: float, B: Array, chances: Array, most: int) -> Array:
    """Return the chances of 0 … `most` purchases when a customer may drop out after each."""
    size = max(chances.shape[1], most + 1)
    chances = np.pad(chances, ((0, 0), (0, size - chances.shape[1])))
    alive = _survival(a, B, size)
    at_least = np.cumsum(chances[:, ::-1], axis=1)[:, ::-1]
    result = chances * alive
    result[:, 1:] += at_least[:, 1:] * (alive[:, :-1] - alive[:, 1:])
    return result[:, : most + 1]
