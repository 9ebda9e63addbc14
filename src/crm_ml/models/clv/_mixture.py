"""The log-likelihood of rows that are each a sum of stories, with derivatives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crm_ml.models.clv._newton import Evaluation
from crm_ml.models.clv.rows import Array

__all__ = ["mixture", "shares"]


def shares(log_terms: Array) -> tuple[Array, Array]:
    """Return the share of each story in its row and the logarithm of the row's sum.

    Parameters
    ----------
    log_terms : ndarray of shape (stories, rows)
        Logarithm of the probability of each story; minus infinity where it is impossible.
    """
    top = log_terms.max(axis=0)
    weights = np.exp(log_terms - top)
    total = weights.sum(axis=0)
    return weights / total, top + np.log(total)


def mixture(
    log_terms: Array, first: Array, second: Mapping[tuple[int, int], Array], count: Array
) -> Evaluation:
    """Return the weighted sum over rows of ``ln(sum of stories)``.

    Parameters
    ----------
    log_terms : ndarray of shape (stories, rows)
    first : ndarray of shape (parameters, stories, rows)
        Derivatives of each log-term; finite where the story is impossible.
    second : mapping
        Second derivatives that are not zero, keyed by pairs of parameters ``i <= j``.
    count : ndarray of shape (rows,)
    """
    share, value = shares(log_terms)
    mean = np.einsum("pmn,mn->pn", first, share)
    weight = share * count
    hessian = np.einsum("pmn,qmn,mn->pq", first, first, weight, optimize=True)
    hessian -= (mean * count) @ mean.T
    for (i, j), curvature in second.items():
        amount = float(np.sum(weight * curvature))
        hessian[i, j] += amount
        if i != j:
            hessian[j, i] += amount
    return Evaluation(float(count @ value), mean @ count, hessian)
