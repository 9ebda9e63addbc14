"""Integrals over the moment of dropping out in Pareto/NBD, by Gauss–Legendre quadrature.

The integrand is ``(A + u)**-R (B + u)**-(s + 1)``. In ``y = ln(m + u)`` with ``m = min(A, B)`` its nearest
singularity lies at a distance of pi, and where it dies early the range is cut, so that few nodes are exact.
"""

from __future__ import annotations

import numpy as np

from crm_ml.models.clv.rows import Array

__all__ = ["death_moments", "nodes_of"]

NODES = 32
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(NODES)
_FINE_POINTS, _FINE_WEIGHTS = np.polynomial.legendre.leggauss(128)


def nodes_of(R: Array, A: Array, s: float, B: Array, span: Array) -> tuple[Array, Array]:
    """Return moments u in (0, span) and log-weights for integrals with a quiet time before the end.

    Parameters
    ----------
    R, A : ndarray
        Shape and scale of the purchase rate.
    s : float
        Shape of the dropout rate.
    B, span : ndarray
        Scale of the dropout rate and length of the quiet time.

    Returns
    -------
    tuple of ndarray
        Each of shape (nodes, rows).
    """
    m = np.minimum(A, B)
    decay = R * m / A + s * m / B
    length = np.minimum(np.log1p(span / m), 40.0 / decay)
    return _grid(m, np.zeros_like(length), length, _POINTS, _WEIGHTS)


def death_moments(R: Array, A: Array, s: float, B: Array, *, span: float, n: int) -> Array:
    """Return ``E[q(U)**n (1 - q(U))**R]`` with ``q(u) = u / (A + u)``, for U the end of life, at most `span`.

    Times ``C(R + n - 1, n)`` that is the probability of n purchases while alive within the span.
    """
    m = np.minimum(A, B)
    # The integrand rises to where n purchases are expected; beyond, it dies like in `nodes_of`.
    peak, decay = np.log1p(n * A / (R * m)), R * m / A + s * m / B
    high = np.minimum(np.log1p(span / m), peak * (1.0 + 40.0 / np.sqrt(n + 1.0)) + 40.0 / decay)
    u, log_weight = _grid(m, np.zeros_like(high), high, _FINE_POINTS, _FINE_WEIGHTS)
    dead = np.exp(_log_count(R, A, u, n) - (s + 1.0) * np.log1p(u / B) + np.log(s / B) + log_weight)
    alive = np.exp(_log_count(R, A, np.full((1, len(R)), span), n)[0] - s * np.log1p(span / B))
    result: Array = alive + dead.sum(axis=0)
    return result


def _log_count(R: Array, A: Array, u: Array, n: int) -> Array:
    with np.errstate(divide="ignore"):
        head = n * np.log(u / (A + u)) if n else 0.0
    result: Array = head - R * np.log1p(u / A)
    return result


def _grid(m: Array, low: Array, high: Array, points: Array, weights: Array) -> tuple[Array, Array]:
    half = (high - low) / 2.0
    y = low + half * (points[:, None] + 1.0)
    with np.errstate(divide="ignore"):
        log_weight = np.log(weights[:, None] * half) + np.log(m) + y
    return m * np.expm1(y), log_weight
