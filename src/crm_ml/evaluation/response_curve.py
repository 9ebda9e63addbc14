"""A one-dimensional response curve: what happened on average to customers with such a score.

Bins of about equal size, pooled until they rise (Ayer e.a. 1955, Ann. Math. Stat. 26: 641), each pool
standing at its own mean score and joined by straight lines, which keeps the curve strictly rising where the
steps of plain isotonic regression would make ties (centred isotonic regression; Oron & Flournoy 2017,
Stat. Biopharm. Res. 9: 258).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crm_ml.evaluation.metrics import Floats

__all__ = ["evaluate", "fit_curve"]

_BINS = 20


def fit_curve(
    score: Floats, outcome: Floats, weight: Floats, *, rising: bool, least: float = 20.0
) -> tuple[Floats, Floats]:
    """Return the points of a curve from score to mean outcome.

    Parameters
    ----------
    score : ndarray of shape (n,)
        Where on the curve a row stands; NaN rows are left out.
    outcome : ndarray of shape (n, k)
        What is averaged, such as one column a class.
    weight : ndarray of shape (n,)
        Case weights.
    rising : bool
        Pool bins until the last column rises with the score.
    least : float
        Smallest weight of a bin.

    Returns
    -------
    places : ndarray of shape (m,)
        Strictly increasing scores.
    means : ndarray of shape (m, k)
        Mean outcome there.

    Examples
    --------
    >>> score, hit = np.array([1.0, 2.0, 3.0, 4.0]), np.array([[0.0], [1.0], [0.0], [1.0]])
    >>> fit_curve(score, hit, np.ones(4), rising=True, least=1)
    (array([1. , 2.5, 4. ]), array([[0. ],
           [0.5],
           [1. ]]))
    """
    seen = np.isfinite(score)
    score, outcome, weight = score[seen], outcome[seen], weight[seen]
    size = max(least, weight.sum() / _BINS)
    values, tied = np.unique(score, return_inverse=True)
    people = np.bincount(tied, weights=weight)
    middle = np.cumsum(people) - people / 2
    group = np.unique(np.floor(middle / size), return_inverse=True)[1]
    sums = np.column_stack([people, values * people, *_by(tied, outcome * weight[:, None])])
    mass, place, *totals = _by(group, sums)
    points = np.column_stack([mass, place, *totals])
    points = _pool(points) if rising else points
    return points[:, 1] / points[:, 0], points[:, 2:] / points[:, :1]


def _by(group: npt.NDArray[np.int64], columns: Floats) -> list[Floats]:
    return [np.asarray(np.bincount(group, weights=column), dtype=float) for column in columns.T]


def _pool(points: Floats) -> Floats:
    kept: list[Floats] = []
    for point in points:
        pool = point
        while kept and kept[-1][-1] / kept[-1][0] >= pool[-1] / pool[0]:
            pool = pool + kept.pop()
        kept.append(pool)
    return np.asarray(kept)


def evaluate(places: Floats, means: Floats, score: Floats) -> Floats:
    """Return the curve at every score, flat beyond its ends; NaN scores get the middle of the curve.

    Returns
    -------
    ndarray of shape (n, k)
    """
    filled = np.where(np.isfinite(score), score, np.median(places))
    return np.column_stack([np.interp(filled, places, column) for column in means.T])
