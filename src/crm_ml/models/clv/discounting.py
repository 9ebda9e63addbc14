"""The present value of purchases to come."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from crm_ml.models.clv.rows import Array

__all__ = ["discounted"]

# Beyond this many times the discount period, nothing is worth anything (exp(-40) of it).
_FORGOTTEN = 40.0


def discounted(expected: Callable[[float], Array], scale: float, horizon: float, force: float) -> Array:
    """Return expected purchases, each discounted to now.

    Integrates by parts, ``exp(-force h) E(h) + force * integral of exp(-force s) E(s)``.

    Parameters
    ----------
    expected : callable
        Expected purchases E within a time from now.
    scale : float
        Time on which the expectation bends; nodes are even in the logarithm of time beyond it.
    horizon : float
        May be infinite when there is discounting.
    force : float
        Continuous discount rate per time unit.

    Examples
    --------
    >>> float(discounted(lambda time: np.array([0.5 * time]), 10.0, np.inf, 0.01).round(6)[0])  # 0.5 / 0.01
    50.0
    """
    end = min(horizon, _FORGOTTEN / force) if force > 0 else horizon
    total: Array = np.exp(-force * end) * expected(end)
    if force == 0 or end == 0:
        return total
    scale = max(scale, 1e-3 * end)
    length = np.log1p(end / scale)
    nodes, weights = _gauss(16 if np.isfinite(horizon) else 40)
    for y, weight in zip(length * (nodes + 1.0) / 2.0, length / 2.0 * weights, strict=True):
        time = scale * np.expm1(y)
        factor = force * weight * (scale + time) * np.exp(-force * time)
        total = total + factor * expected(float(time))
    return total


@cache
def _gauss(count: int) -> tuple[Array, Array]:
    """Return nodes and weights on -1 … 1; finding them costs more than the answer of one customer."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights
