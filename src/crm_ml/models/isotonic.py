"""Rising curves from the log-odds of a model to probabilities that come true, free of any form.

Pooled groups, interpolated between their centres so that no ranking is lost (Oron & Flournoy 2017, Stat.
Biopharm. Res. 9: 258).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression

from crm_ml.models.estimator import Training
from crm_ml.models.links import log_odds, sigmoid
from crm_ml.models.matrix import Floats

__all__ = ["fit_curves", "read_curves"]


def fit_curves(training: Training) -> dict[str, npt.NDArray[Any]]:
    """Fit one rising curve a class (one for two classes) from log-odds to probability."""
    classes = range(1, 2) if training.X.shape[1] == 2 else range(training.X.shape[1])
    curves = [
        _centred_isotonic(log_odds(training.X[:, k]), training.y == k, training.weight) for k in classes
    ]
    arrays = {f"score_{k}": score for k, (score, _) in zip(classes, curves, strict=True)}
    return {**arrays, **{f"share_{k}": share for k, (_, share) in zip(classes, curves, strict=True)}}


def _centred_isotonic(score: Floats, hit: npt.NDArray[np.bool_], weight: Floats) -> tuple[Floats, Floats]:
    level = IsotonicRegression().fit_transform(score, hit.astype(float), sample_weight=weight)
    _, pool = np.unique(level, return_inverse=True)
    size = np.bincount(pool, weights=weight)
    centre = np.bincount(pool, weights=weight * score) / size
    # Half a customer on either side keeps a pool without hits from being certain.
    share = (np.bincount(pool, weights=weight * hit) + 0.5 * np.average(hit, weights=weight)) / (size + 0.5)
    return centre, np.asarray(np.maximum.accumulate(share))


def read_curves(raw: Floats, arrays: Any) -> Floats:
    """Return the probabilities that the curves give for those of the model."""
    if raw.shape[1] == 2:
        positive = _read_off(raw[:, 1], arrays["score_1"], arrays["share_1"])
        return np.column_stack([1.0 - positive, positive])
    shares = [_read_off(raw[:, k], arrays[f"score_{k}"], arrays[f"share_{k}"]) for k in range(raw.shape[1])]
    stacked = np.column_stack(shares)
    return np.asarray(stacked / stacked.sum(axis=1, keepdims=True))


def _read_off(proba: Floats, score: Floats, share: Floats) -> Floats:
    """Interpolate on the log-odds; beyond the outer centres go on in parallel to the model."""
    odds = log_odds(proba)
    inside = np.interp(odds, score, log_odds(share))
    return sigmoid(inside + np.minimum(odds - score[0], 0.0) + np.maximum(odds - score[-1], 0.0))
