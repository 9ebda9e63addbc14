"""The present value of purchases to come."""

from __future__ import annotations

from functools import cache

import numpy as np

from crm_ml.models.clv.rows import Array

__all__ = ["present_value"]

# Beyond this many times the discount period, nothing is worth anything (exp(-40) of it).
_FORGOTTEN = 40.0


def present_value(scale: float, horizon: float, force: float) -> tuple[Array, Array]:
    """Return times and their factors: the sum of factor × E(time) is the present value of purchases.

    E is the expected number of purchases within a time from now. By parts, the value is
    ``exp(-force h) E(h) + force * integral of exp(-force s) E(s)``, and the integral a Gauss–Legendre sum.

    Parameters
    ----------
    scale : float
        Time on which the expectation bends; nodes are even in the logarithm of time beyond it.
    horizon : float
        May be infinite when there is discounting.
    force : float
        Continuous discount rate per time unit.

    Examples
    --------
    >>> times, factors = present_value(10.0, np.inf, 0.01)
    >>> float((factors @ (0.5 * times)).round(6))  # half a purchase a day for ever: 0.5 / 0.01
    50.0
    """
    end = min(horizon, _FORGOTTEN / force) if force > 0 else horizon
    at_end = np.exp(-force * end)
    if force == 0 or end == 0:
        return np.array([end]), np.array([at_end])
    scale = max(scale, 1e-3 * end)
    length = np.log1p(end / scale)
    nodes, weights = _gauss(16 if np.isfinite(horizon) else 40)
    times = scale * np.expm1(length * (nodes + 1.0) / 2.0)
    factors = force * (length / 2.0 * weights) * (scale + times) * np.exp(-force * times)
    return np.append(end, times), np.append(at_end, factors)


@cache
def _gauss(count: int) -> tuple[Array, Array]:
    """Return nodes and weights on -1 … 1; finding them costs more than the answer of one customer."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights
