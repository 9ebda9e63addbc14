"""Whether a probability means what it says: "of those we gave 70 %, 68 % stopped"."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from crm_ml.evaluation.metrics import Floats, case_weights

__all__ = ["calibration_curve", "calibration_line", "wilson"]

_EDGE = 1e-6


def calibration_line(
    y: npt.ArrayLike, probability: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> tuple[float, float]:
    """Return slope and intercept of the outcome on the log-odds of the forecast.

    A logistic regression by Newton's method. Slope 1 and intercept 0 are perfect; a slope below 1 means
    forecasts that are too extreme, above 1 too timid (Cox 1958, Biometrika 45: 562).

    Parameters
    ----------
    y : array-like of shape (n,)
        0 or 1.
    probability : array-like of shape (n,)
        Forecast of y = 1.
    weights : array-like of shape (n,), optional
        Case weights.

    Returns
    -------
    slope, intercept : float
        NaN when the forecast is constant or only one class occurred.

    Examples
    --------
    >>> p = np.repeat([0.2, 0.8], 10)
    >>> y = np.r_[np.ones(2), np.zeros(8), np.ones(8), np.zeros(2)]
    >>> slope, intercept = calibration_line(y, p)
    >>> round(slope, 6), abs(round(intercept, 6))
    (1.0, 0.0)
    """
    truth = np.asarray(y, dtype=float)
    w = case_weights(weights, len(truth))
    p = np.clip(np.asarray(probability, dtype=float), _EDGE, 1.0 - _EDGE)
    log_odds = np.log(p / (1.0 - p))
    if np.ptp(log_odds) < _EDGE or not 0.0 < w @ truth < w.sum():
        return float("nan"), float("nan")
    design = np.column_stack([np.ones_like(log_odds), log_odds])
    line = _newton(design, truth, w)
    return float(line[1]), float(line[0])


def _newton(design: Floats, truth: Floats, weights: Floats, steps: int = 50) -> Floats:
    line = np.array([0.0, 1.0])
    for _ in range(steps):
        fitted = 1.0 / (1.0 + np.exp(-np.clip(design @ line, -30, 30)))
        slope = design.T @ (weights * (truth - fitted))
        curve = (design * (weights * fitted * (1.0 - fitted))[:, None]).T @ design
        # The ridge keeps perfectly separated data finite; at 1e-9 it moves nothing else.
        step = np.linalg.solve(curve + 1e-9 * np.eye(2), slope)
        line = line + np.clip(step, -5.0, 5.0)
        if np.abs(step).max() < 1e-10:
            break
    return line


def calibration_curve(y: npt.ArrayLike, probability: npt.ArrayLike, bins: int = 10) -> pd.DataFrame:
    """Return forecast against outcome in groups of about equal size, lowest forecasts first.

    Parameters
    ----------
    y, probability : array-like of shape (n,)
        Outcome (0 or 1) and forecast.
    bins : int
        Number of groups; equal forecasts stay together, so there may be fewer.

    Returns
    -------
    DataFrame
        Columns ``forecast`` (mean), ``observed`` (share), ``low``, ``high`` (Wilson, 95 %), ``n``.

    Examples
    --------
    >>> calibration_curve([0, 0, 1, 1], [0.1, 0.1, 0.8, 0.8], bins=2)[["forecast", "observed", "n"]]
       forecast  observed  n
    0       0.1       0.0  2
    1       0.8       1.0  2
    """
    truth, p = np.asarray(y, dtype=float), np.asarray(probability, dtype=float)
    place = np.floor((rankdata(p) - 0.5) * bins / max(len(p), 1))
    _, group, n = np.unique(place, return_inverse=True, return_counts=True)
    forecast, observed = (np.bincount(group, weights=one, minlength=len(n)) / n for one in (p, truth))
    low, high = wilson(observed, n)
    return pd.DataFrame({"forecast": forecast, "observed": observed, "low": low, "high": high, "n": n})


def wilson(share: npt.ArrayLike, n: npt.ArrayLike, z: float = 1.959964) -> tuple[Floats, Floats]:
    """Return the Wilson score interval of a share (Wilson 1927, JASA 22: 209).

    Examples
    --------
    >>> low, high = wilson(0.5, 100)
    >>> round(float(low), 3), round(float(high), 3)
    (0.404, 0.596)
    """
    p, size = np.asarray(share, dtype=float), np.asarray(n, dtype=float)
    middle = (p + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z * np.sqrt(p * (1 - p) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
    return middle - half, middle + half
