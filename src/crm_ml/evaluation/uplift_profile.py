"""Who the customers are whom a contact changes most."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.notes import Note
from crm_ml.base.result import Result
from crm_ml.evaluation.uplift_budgets import first_share

__all__ = ["uplift_profile"]


def uplift_profile(X: pd.DataFrame, score: npt.ArrayLike, *, share: float = 0.2) -> Result:
    """Compare the first customers of a ranking with the others, feature by feature.

    Parameters
    ----------
    X : DataFrame of shape (n, p)
        Features.
    score : array-like of shape (n,)
        Who should be contacted first.
    share : float
        How many are the first.

    Returns
    -------
    Result
        A row a feature, the most telling first: ``feature, mean_first, mean_others`` and ``distance``
        (difference in standard deviations of everybody). A description, not a cause: features go together.

    Examples
    --------
    >>> X = pd.DataFrame({"womens": [1.0, 1.0, 0.0, 0.0], "visits": [3.0, 1.0, 3.0, 1.0]})
    >>> uplift_profile(X, [9, 8, 1, 0], share=0.5).table["feature"].tolist()
    ['womens', 'visits']
    """
    first = first_share(score, share)
    matrix = X.to_numpy(dtype=float)
    known = ~np.isnan(matrix)
    filled = np.where(known, matrix, 0.0)
    means = [_mean(filled, known * weights[:, None]) for weights in (first, 1 - first)]
    middle = _mean(filled, known)
    spread = np.sqrt(_mean(np.where(known, (matrix - middle) ** 2, 0.0), known))
    gap = means[0] - means[1]
    distance = np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 0)
    table = pd.DataFrame(
        {"feature": X.columns.map(str), "mean_first": means[0], "mean_others": means[1], "distance": distance}
    )
    order = np.argsort(-np.abs(distance), kind="stable")
    return Result(
        "uplift_profile",
        table.iloc[order].reset_index(drop=True),
        parameters={"share": share},
        n=len(X),
        warnings=(Note("uplift_notes.profile"),),
        formula=Note("uplift_notes.formula_profile"),
        figures={"share_first": share},
    )


def _mean(
    filled: npt.NDArray[np.float64], weights: npt.NDArray[np.float64] | npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    total = weights.sum(axis=0)
    sums = (filled * weights).sum(axis=0)
    return np.asarray(np.divide(sums, total, out=np.full(len(total), np.nan), where=total > 0))
