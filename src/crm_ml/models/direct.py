"""Predictions from a matrix that is checked already: float64, the model's own features in its own order.

``predict_proba`` and ``predict`` read tables, check them and find the columns, which costs more than the
answer when one customer is asked for. Whoever has done that once for all models of a bundle comes in here.
"""

from __future__ import annotations

from typing import Any

from crm_ml.models.matrix import Floats

__all__ = ["amounts", "features_of", "probabilities"]


def features_of(model: Any) -> list[str]:
    """Return the columns that a fitted model reads, in its order.

    Examples
    --------
    >>> import pandas as pd
    >>> from crm_ml.models.linear import LogisticClassifier
    >>> X = pd.DataFrame({"recency_days": range(40)})
    >>> model = LogisticClassifier().fit(X, X["recency_days"] > 19)
    >>> features_of(model)
    ['recency_days']
    """
    features: list[str] = model.parts_.settings["features"]
    return features


def probabilities(model: Any, matrix: Floats) -> Floats:
    """Return what ``predict_proba`` returns: shape (n, n_classes).

    Parameters
    ----------
    model : Classifier
        Fitted.
    matrix : ndarray of shape (n, p)
        The columns of :func:`features_of`; NaN is missing.
    """
    found: Floats = model._proba(matrix)
    return found


def amounts(model: Any, matrix: Floats) -> Floats:
    """Return what ``predict`` of a regressor returns: shape (n,); see :func:`probabilities`."""
    found: Floats = model._value(matrix)
    return found
