"""Expected purchases until dropout, for a Gamma rate and a Beta chance to drop out after each purchase.

With rate ~ Gamma(R, A) and dropout chance p ~ Beta(a, B), the expectation over the next t is
``E = E_p[(1 - (1 + p q)**-R) / p]`` with ``q = t / A``. Two routes give it: a series after an Euler
transformation of the Gauss function in Fader, Hardie & Lee (2005, eq. 10), quick for the usual customer, and
the trapezoid rule in ``u = logit(p)``, which converges exponentially for every other one.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, gammaln, log_expit

from crm_ml.models.clv.rows import Array

__all__ = ["purchases_until_dropout"]

NODES = 512
CHUNK = 4_096


def purchases_until_dropout(a: float, B: Array, R: Array, q: Array) -> Array:
    """Return the expected number of purchases until dropout or the horizon.

    Parameters
    ----------
    a : float
        First shape of the dropout chance.
    B, R, q : ndarray
        Second shape of the dropout chance, shape of the rate, horizon over its scale.

    Examples
    --------
    >>> purchases_until_dropout(1.0, np.array([1e9]), np.array([2.0]), np.array([3.0])).round(6)
    array([6.])
    """
    B, R, q = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in (B, R, q)))
    result = np.zeros(B.shape)
    C = a + B - 1.0
    # Outside these limits the series is slow or loses digits to cancellation.
    quick = (q <= 9.0) & (C - R >= -8.0) & (C <= 1e3 * R) & (a <= 20.0)
    some = quick & (q > 0)
    result[some] = _by_series(a, C[some], R[some], q[some])
    others = ~quick & (q > 0) & (R > 0)
    given = (B[others], R[others], q[others])
    starts = range(0, len(given[0]), CHUNK)
    parts = [_by_trapezoid(a, *(one[start : start + CHUNK] for one in given)) for start in starts]
    result[others] = np.concatenate([np.zeros(0), *parts])
    return result


def _by_series(a: float, C: Array, R: Array, q: Array) -> Array:
    z, L = q / (1.0 + q), -np.log1p(q)
    head = -C * (L if a == 1.0 else np.expm1((a - 1.0) * L) / (a - 1.0))
    term = (C - R) * z
    total = term.copy()
    k = 1
    while (np.abs(term) > 1e-17 * np.abs(total)).any():
        term = term * (C - R + k) * (a + k - 1.0) / ((C + k) * (k + 1.0)) * z
        total += term
        k += 1
    result: Array = head - np.exp((a - 1.0) * L) * total
    return result


def _by_trapezoid(a: float, B: Array, R: Array, q: Array) -> Array:
    """Integrate over logit(p) what is left after two terms whose integral is known.

    ``h(0) (1 - p)**m`` copies value and slope of the integrand at p = 0 and ``h(1) p**2`` its value at
    p = 1, so that the rest dies quickly on both sides even when a or B is nearly 0.
    """
    at_zero, at_one = R * q, -np.expm1(-R * np.log1p(q))
    m = np.maximum((R + 1.0) * q / 2.0, 1.0)
    known = at_zero * np.exp(log_beta(a, B + m) - log_beta(a, B))
    known = known + at_one * (a * (a + 1.0)) / ((a + B) * (a + B + 1.0))
    low, high = _range(a, B, m)
    step = (high - low) / NODES
    u = low[:, None] + step[:, None] * np.arange(NODES + 1)
    log_p, log_not = log_expit(u), log_expit(-u)
    p = expit(u)
    weight = np.exp(a * log_p + B[:, None] * log_not - log_beta(a, B)[:, None])
    inner = -np.expm1(-R[:, None] * np.log1p(q[:, None] * p)) / p
    rest = inner - at_zero[:, None] * np.exp(m[:, None] * log_not) - at_one[:, None] * p * p
    result: Array = known + step * np.sum(weight * rest, axis=1)
    return result


def log_beta(a: float | Array, b: float | Array) -> Array:
    """Return ln B(a, b) with an error near 1e-13 even where one argument is huge.

    The difference of two log-gammas near 1e6 would have an error of 1e-10; the difference of their Stirling
    series has not.
    """
    small, large = np.minimum(a, b), np.maximum(a, b)
    safe = np.maximum(large, 30.0)
    total = safe + small
    ratio = (safe - 0.5) * np.log1p(small / safe) + small * np.log(total) - small
    ratio = ratio + _stirling(total) - _stirling(safe)
    plain = gammaln(small + large) - gammaln(large)
    return np.asarray(gammaln(small) - np.where(large >= 30.0, ratio, plain))


def _stirling(z: Array) -> Array:
    result: Array = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * z * z)) / (z * z)) / z
    return result


def _range(a: float, B: Array, m: Array) -> tuple[Array, Array]:
    """Return where the integrand in u falls below 1e-17 of its peak.

    On each side the nearer of two limits holds: where the rest has died out, and where the Beta density has.
    """
    side, log_B = max(a - 1.0, 1e-3), np.log(B)
    rest_low = -np.log(np.maximum(m, B)) - 40.0 / (a + 1.0)
    beta_low = np.log(side) - np.maximum(log_B, 0.0) - 40.0 / side - _width(side, B)
    rest_high = np.log(np.expm1(40.0 / (B + 1.0))) + np.log1p(a)
    beta_high = max(np.log(a), 0.0) - log_B + 40.0 / B + _width(B, a)
    return np.maximum(rest_low, beta_low), np.minimum(rest_high, beta_high)


def _width(here: float | Array, there: float | Array) -> Array:
    # Bell-shaped when both shapes are large, otherwise a double exponential, dead 4.2 beyond its corner.
    bell = np.sqrt(80.0 / here + 80.0 / there)
    return np.asarray(np.minimum(bell, np.sqrt(80.0 / here) + 4.2))
