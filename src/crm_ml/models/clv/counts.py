"""Negative binomial chances of a number of purchases."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gammaln, zeta

from crm_ml.models.clv.rows import Array

__all__ = ["counts_within", "trigamma"]


def counts_within(R: Array, q: Array, most: int) -> Array:
    """Return the chances of 0 … `most` purchases within a time, at a rate drawn from Gamma(R, A).

    Parameters
    ----------
    R : ndarray
        Shape of the rate.
    q : ndarray
        The time over the scale A of the rate.
    most : int
        Largest number of purchases.

    Returns
    -------
    ndarray of shape (rows, most + 1)

    Examples
    --------
    >>> counts_within(np.array([1.0]), np.array([1.0]), 3).round(6).tolist()
    [[0.5, 0.25, 0.125, 0.0625]]
    """
    n = np.arange(most + 1.0)
    log_chance = gammaln(R[:, None] + n) - gammaln(R)[:, None] - gammaln(n + 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(n > 0, n * np.log(q / (1.0 + q))[:, None], 0.0)
    result: Array = np.exp(log_chance + moved - (R * np.log1p(q))[:, None])
    return result


def trigamma(z: float | Array) -> Any:
    """Return the second derivative of the log-gamma function; faster than `polygamma` of scipy.

    Examples
    --------
    >>> trigamma(1.0).round(6)  # pi squared over 6
    np.float64(1.644934)
    """
    return zeta(2.0, z)
