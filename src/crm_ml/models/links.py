"""From scores to probabilities and back."""

from __future__ import annotations

import numpy as np

from crm_ml.models.matrix import Floats

__all__ = [
    "binary_or_softmax",
    "class_direction",
    "log_odds",
    "proba_margin",
    "score_margin",
    "sigmoid",
    "softmax",
]

_TINY = 1e-9


def sigmoid(score: Floats) -> Floats:
    """Return 1 / (1 + exp(−score)) without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * score)))


def softmax(scores: Floats) -> Floats:
    """Return exp(scores) divided by its row sums."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def proba_margin(proba: Floats, code: int) -> Floats:
    """Return ln p_k minus the mean of the other ln p_j."""
    return score_margin(np.log(np.clip(proba, _TINY, 1.0)), code)


def score_margin(scores: Floats, code: int) -> Floats:
    """Return score k minus the mean of the other scores, along the last axis."""
    others = scores.shape[-1] - 1
    return np.asarray(scores[..., code] - (scores.sum(axis=-1) - scores[..., code]) / others)


def binary_or_softmax(scores: Floats) -> Floats:
    """Return probabilities from the log-odds of two classes (one column) or from one score a class."""
    if scores.shape[1] == 1:
        positive = sigmoid(scores)
        return np.hstack([1.0 - positive, positive])
    return softmax(scores)


def class_direction(code: int, n_classes: int) -> Floats:
    """Return the weights with which scores make the margin of a class.

    Two classes have one score, the log-odds of the second.
    """
    if n_classes == 2:
        return np.array([1.0 if code == 1 else -1.0])
    return score_margin(np.eye(n_classes), code)


def log_odds(proba: Floats, *, least: float = 1e-6) -> Floats:
    """Return ln p/(1−p), with p kept `least` away from 0 and 1."""
    safe = np.clip(proba, least, 1.0 - least)
    return np.asarray(np.log(safe / (1.0 - safe)))
