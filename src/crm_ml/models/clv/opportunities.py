"""The stories of BG/BB, "alive at T" and "dropped out after opportunity t", and their sums over t.

A story of dropping out depends on x and t alone. Its sums from t_x to T are therefore differences of one
running sum for each x, whatever the number of customers. The difference is safe: the running sum from T on is
no more than the story "alive at T", to which it is added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from crm_ml.models.clv._mixture import mixture, shares
from crm_ml.models.clv._newton import Evaluation
from crm_ml.models.clv.counts import trigamma
from crm_ml.models.clv.rows import Array, Rows

__all__ = ["cut_by_x", "log_likelihood", "shares_of"]

# Cells of the grid of x and t at a time.
CELLS = 60_000
# Stories that are added one by one at a time.
STORIES = 200_000
# Where a story is below exp(-600) of the largest one of its x, a running sum would lose digits.
DEEPEST = -600.0


def cut_by_x(rows: Rows) -> list[NDArray[np.intp]]:
    """Return places of rows whose x and opportunities make a grid of moderate size."""
    x, place, _ = rows.distinct_x
    size = max(1, int(CELLS / (rows.T.max() + 1.0)))
    order = np.argsort(place, kind="stable")
    return np.split(order, np.searchsorted(place[order], np.arange(size, len(x), size)))


def log_likelihood(theta: Array, rows: Rows) -> Evaluation:
    """Return the weighted sum over rows of the logarithm of the sum of their stories, with derivatives.

    The normalising constants B(alpha, beta) and B(gamma, delta) are left out.
    """
    sums = _Sums(theta, rows)
    if not sums.deep.any():
        return sums.evaluation()
    one_by_one = _one_by_one(theta, rows.take(np.flatnonzero(sums.deep)))
    if sums.deep.all():
        return one_by_one
    return one_by_one + log_likelihood(theta, rows.take(np.flatnonzero(~sums.deep)))


def shares_of(theta: Array, rows: Rows) -> Array:
    """Return the share of the story "alive" and of all stories of dropping out, shape (2, rows)."""
    sums = _Sums(theta, rows)
    with np.errstate(invalid="ignore", divide="ignore"):  # of deep rows, which follow
        result: Array = np.array([sums.alive_chance, sums.gone_chance]) / sums.total
    deep, size = np.flatnonzero(sums.deep), _at_a_time(rows)
    for part in (deep[at : at + size] for at in range(0, len(deep), size)):
        found = shares(_each(theta, rows.take(part)).value)[0]
        result[:, part] = found[0], found[1:].sum(axis=0)
    return result


@dataclass(frozen=True)
class _Story:
    """Logarithm of a probability, with derivatives to alpha, beta, gamma and delta."""

    value: Array
    first: Array
    second: Mapping[tuple[int, int], Array]

    def curvature(self, weight: Array) -> Array:
        """Return the weighted sum of ``second + first firstᵀ``."""
        first = self.first.reshape(4, -1)
        result: Array = (first * weight.ravel()) @ first.T
        for (i, j), second in self.second.items():
            result[i, j] += (amount := float(np.sum(weight * second)))
            result[j, i] += amount if i != j else 0.0
        return result


class _Sums:
    """Sums of stories, each as a multiple of exp(top) of its x.

    Parameters
    ----------
    theta : ndarray
        alpha, beta, gamma, delta.
    rows : Rows
        With few distinct x.
    """

    def __init__(self, theta: Array, rows: Rows) -> None:
        x, self.place, _ = rows.distinct_x
        start = rows.t_x.min()
        t = np.arange(start, max(rows.T.max(), start + 1.0))
        self.count, self.first_cell, self.last_cell = (
            rows.count,
            _whole(rows.t_x - start),
            _whole(rows.T - start),
        )
        self.gone, self.alive = _story(theta, x[:, None], t, 1), _story(theta, rows.x, rows.T, 0)
        value = np.where(t >= x[:, None], self.gone.value, -np.inf)
        top = value.max(axis=1)
        top[np.isinf(top)] = 0.0
        self.top = top[self.place]
        self.deep = self.alive.value - self.top < DEEPEST
        self.cells = np.exp(value - top[:, None])
        self.alive_chance = np.exp(self.alive.value - self.top)
        self.gone_chance = self._between(self.cells)
        self.total = self.alive_chance + self.gone_chance

    def evaluation(self) -> Evaluation:
        """Return the log-likelihood of the rows with its derivatives."""
        n, weight = self.count, self.count / self.total
        mean = np.array(
            [
                (self.alive_chance * alive + self._between(self.cells * gone)) / self.total
                for alive, gone in zip(self.alive.first, self.gone.first, strict=True)
            ]
        )
        hessian = self.gone.curvature(self.cells * self._spanning(weight))
        hessian += self.alive.curvature(weight * self.alive_chance) - (mean * n) @ mean.T
        return Evaluation(float(n @ (self.top + np.log(self.total))), mean @ n, hessian)

    def _between(self, cells: Array) -> Array:
        """Add up the cells of each row from t_x to T, the small ones first."""
        running = np.zeros((cells.shape[0], cells.shape[1] + 1))
        np.cumsum(cells[:, ::-1], axis=1, out=running[:, -2::-1])
        result: Array = running[self.place, self.first_cell] - running[self.place, self.last_cell]
        return result

    def _spanning(self, weight: Array) -> Array:
        """Return for each cell the weight of the rows from whose t_x to T it lies."""
        shape = self.cells.shape[0], self.cells.shape[1] + 1
        change = np.zeros(shape[0] * shape[1])
        for cell, sign in ((self.first_cell, 1.0), (self.last_cell, -1.0)):
            change += np.bincount(self.place * shape[1] + cell, sign * weight, minlength=len(change))
        return np.cumsum(change.reshape(shape), axis=1)[:, :-1]


def _one_by_one(theta: Array, rows: Rows) -> Evaluation:
    found = []
    for part in rows.parts(_at_a_time(rows)):
        stories = _each(theta, part)
        found.append(mixture(stories.value, stories.first, stories.second, part.count))
    return sum(found[1:], found[0])


def _at_a_time(rows: Rows) -> int:
    return max(1, int(STORIES / (rows.T.max() + 1.0)))


def _each(theta: Array, rows: Rows) -> _Story:
    """Return the story "alive at T" and those of dropping out after t_x, t_x + 1, … of each row."""
    longest = int((rows.T - rows.t_x).max())
    lived = np.vstack([rows.T, np.minimum(rows.t_x + np.arange(longest)[:, None], rows.T)])
    dead = np.ones((longest + 1, 1), dtype=np.intp)
    dead[0] = 0
    stories = _story(theta, rows.x, lived, dead)
    possible = (lived < rows.T) | (dead == 0)
    return _Story(np.where(possible, stories.value, -np.inf), stories.first, stories.second)


def _story(theta: Array, x: Array, t: Array, dead: int | NDArray[np.intp]) -> _Story:
    """Return the story of x purchases in t opportunities, and of dropping out after t where `dead` is 1.

    Its value means nothing where t is below x.
    """
    alpha, beta, gamma, delta = theta
    # All arguments are a parameter plus a whole number: compute each function once a number.
    steps = np.arange(float(t.max()) + 2.0)
    at, silent = _whole(t), _whole(np.maximum(t - x, 0.0))

    def values(function: Callable[[Any], Any]) -> tuple[Array, ...]:
        """Return the function of p, q, p + q, g, d and g + d."""
        buying = function(alpha + x), function(beta + steps)[silent], function(alpha + beta + steps)[at]
        all_ = function(gamma + delta + steps)[at + dead]
        return *buying, function(gamma + dead), function(delta + steps)[at], all_

    p, q, both, g, d, all_ = values(gammaln)
    value = p + q - both + g + d - all_
    p, q, both, g, d, all_ = values(digamma)
    first = np.array([np.broadcast_to(one, value.shape) for one in (p - both, q - both, g - all_, d - all_)])
    p, q, both, g, d, all_ = values(trigamma)
    second = {(0, 0): p - both, (0, 1): -both, (1, 1): q - both}
    second |= {(2, 2): g - all_, (2, 3): -all_, (3, 3): d - all_}
    return _Story(value, first, second)


def _whole(numbers: Array) -> NDArray[np.intp]:
    return numbers.astype(np.intp)
