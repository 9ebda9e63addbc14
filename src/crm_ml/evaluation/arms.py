"""Two arms of a randomised experiment: adjust, compare, and how many customers a comparison needs."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from crm_ml.evaluation.metrics import Floats

__all__ = ["adjust", "difference", "needed_controls"]

Arm: TypeAlias = npt.NDArray[np.bool_]


def adjust(amount: Floats, treated: Arm, known: Floats) -> Floats:
    """Take out of an amount what was known about the customer before the experiment.

    Each arm gets slopes of its own around the common mean, which never makes the comparison less precise in
    large samples (Lin 2013, Annals of Applied Statistics 7: 295).

    Parameters
    ----------
    amount : ndarray of shape (n,)
        Outcome.
    treated : ndarray of bool, shape (n,)
        Randomly assigned.
    known : ndarray of shape (n, k)
        Facts from before the assignment; NaN counts as the mean.

    Returns
    -------
    ndarray of shape (n,)

    Examples
    --------
    >>> known = np.array([[1.0], [2.0], [3.0], [4.0]] * 5)
    >>> adjust(10 * known[:, 0], np.arange(20) % 2 == 0, known).round(9)[:2]
    array([25., 25.])
    """
    filled = np.where(np.isnan(known), 0.0, known - _mean(known))
    varying = filled[:, filled.std(axis=0) > 0]
    result = amount.astype(float)
    for arm in (treated, ~treated):
        if varying.shape[1] and arm.sum() > 5 * varying.shape[1]:
            own = varying[arm]
            slopes, *_ = np.linalg.lstsq(own - own.mean(axis=0), amount[arm], rcond=None)
            result[arm] = amount[arm] - own @ slopes
    return result


def _mean(known: Floats) -> Floats:
    count = np.maximum((~np.isnan(known)).sum(axis=0), 1)
    return np.asarray(np.where(np.isnan(known), 0.0, known).sum(axis=0) / count)


def difference(amount: Floats, treated: Arm, weights: Floats) -> Any:
    """Return the mean of the treated minus the mean of the others; a leading axis of weights is kept.

    Examples
    --------
    >>> float(difference(np.array([3.0, 1.0]), np.array([True, False]), np.ones(2)))
    2.0
    """
    one, other = weights * treated, weights * ~treated
    return _ratio(one @ amount, one.sum(axis=-1)) - _ratio(other @ amount, other.sum(axis=-1))


def _ratio(above: Any, below: Any) -> Any:
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    return np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0)


def needed_controls(amount: Floats, treated: Arm, effect: float, *, level: float, power: float) -> float:
    """Return how many untreated customers would show an effect, with the arms in their present proportion.

    Parameters
    ----------
    amount : ndarray of shape (n,)
        Outcome, adjusted.
    treated : ndarray of bool, shape (n,)
        Arm.
    effect : float
        Difference of means worth finding, in the unit of `amount`.
    level, power : float
        Coverage of the interval, and chance to see the effect.

    Returns
    -------
    float
        NaN when the effect is not above 0.

    Examples
    --------
    >>> amount, treated = np.tile([0.0, 2.0], 50), np.repeat([True, False], 50)
    >>> needed_controls(amount, treated, 0.5, level=0.95, power=0.8)
    65.0
    """
    if not effect > 0:
        return float("nan")
    z = norm.ppf(0.5 + level / 2) + norm.ppf(power)
    ratio = (~treated).sum() / treated.sum()
    variance = amount[~treated].var(ddof=1) + ratio * amount[treated].var(ddof=1)
    return float(math.ceil(z**2 * variance / effect**2))
