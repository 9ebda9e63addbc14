"""How well a score ranks and how honest its probabilities are.

Every metric takes case weights whose last axis is the row, so that one call over a matrix of bootstrap
weights returns one figure a replicate. Equal scores are never ordered by accident: rows that tie share
their place in fractions.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "Floats",
    "Score",
    "TiedRanking",
    "auc",
    "average_precision",
    "brier",
    "brier_skill",
    "case_weights",
    "lift_at",
    "log_loss",
    "ranking_figures",
]

Floats: TypeAlias = npt.NDArray[np.float64]
_TINY = 1e-300  # stands below a fraction whose upper part is 0 too: no weight, no share
_SMALLEST = 1e-9  # a probability of exactly 0 or 1 that proves wrong would cost an infinite log loss


def case_weights(weights: npt.ArrayLike | None, n: int) -> Floats:
    """Return weights as floats, or ones for every row."""
    return np.ones(n) if weights is None else np.asarray(weights, dtype=float)


class TiedRanking:
    """Rows from the highest score to the lowest, equal scores taken together.

    Parameters
    ----------
    score : array-like of shape (n,)
        Higher comes first.

    Examples
    --------
    >>> ranking = TiedRanking([1.0, 3.0, 1.0])
    >>> ranking.sums(np.array([10.0, 1.0, 5.0]))
    array([ 1., 15.])
    """

    def __init__(self, score: npt.ArrayLike) -> None:
        values = np.asarray(score, dtype=float)
        self.order = np.argsort(-values, kind="stable")
        ranked = values[self.order]
        self.starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))

    @classmethod
    def of(cls, score: Score) -> TiedRanking:
        """Return the ranking by a score. Who asks for draw after draw puts the rows in order once."""
        return score if isinstance(score, TiedRanking) else cls(score)

    def sums(self, amounts: Floats) -> Floats:
        """Return the sum of `amounts` (..., n) in every group of equal scores (..., groups)."""
        return self._added(np.take(amounts, self.order, axis=-1))

    def weighed(self, weights: Floats, amount: Floats) -> tuple[Floats, Floats]:
        """Return the weight and the weighted amount of every group: a draw is put in order once for both.

        Parameters
        ----------
        weights : ndarray of shape (..., n)
            Case weights.
        amount : ndarray of shape (n,)
            What is counted of every row.
        """
        ranked = np.take(weights, self.order, axis=-1)
        return self._added(ranked), self._added(ranked * amount[self.order])

    def top(self, amounts: Floats, sizes: Floats, share: float) -> Floats:
        """Return how much of `amounts` the first `share` of the cases holds, ties in fractions.

        Parameters
        ----------
        amounts, sizes : ndarray of shape (..., n)
            What is counted, and the weight of every row.
        share : float
            Part of the total weight that is taken from the top.

        Returns
        -------
        ndarray of shape (...)
        """
        return _top(self.sums(sizes), self.sums(amounts), share)

    def _added(self, ranked: Floats) -> Floats:
        if len(self.starts) == len(self.order):
            return ranked
        return np.asarray(np.add.reduceat(ranked, self.starts, axis=-1))


Score: TypeAlias = npt.ArrayLike | TiedRanking


def _top(size: Floats, amount: Floats, share: float) -> Floats:
    room = share * size.sum(axis=-1, keepdims=True) - (np.cumsum(size, axis=-1) - size)
    return np.asarray((np.clip(room, 0.0, size) / np.maximum(size, _TINY) * amount).sum(axis=-1))


def _groups(y: npt.ArrayLike, score: Score, weights: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    """Return the weight and the positives among it of every group of equal scores, the highest first."""
    truth = np.asarray(y, dtype=float)
    return TiedRanking.of(score).weighed(case_weights(weights, len(truth)), truth)


def auc(y: npt.ArrayLike, score: Score, weights: npt.ArrayLike | None = None) -> Any:
    """Return the area under the ROC curve: the chance that a positive outranks a negative.

    Parameters
    ----------
    y : array-like of shape (n,)
        0 or 1.
    score : array-like of shape (n,), or TiedRanking
        Higher means more likely positive.
    weights : array-like of shape (..., n), optional
        Case weights; a leading axis gives one figure a replicate.

    Returns
    -------
    float or ndarray of shape (...)
        NaN where a class is absent.

    Examples
    --------
    >>> float(auc([0, 1, 1], [0.1, 0.1, 0.9]))
    0.75
    """
    return _auc(*_groups(y, score, weights))


def _auc(size: Floats, positive: Floats) -> Any:
    negative = size - positive
    below = negative.sum(axis=-1, keepdims=True) - np.cumsum(negative, axis=-1)
    wins = (positive * (below + 0.5 * negative)).sum(axis=-1)
    pairs = positive.sum(axis=-1) * negative.sum(axis=-1)
    return _divide(wins, pairs)


def average_precision(y: npt.ArrayLike, score: Score, weights: npt.ArrayLike | None = None) -> Any:
    """Return the mean precision over the recall gained at every distinct score.

    Parameters and result as for :func:`auc`.

    Examples
    --------
    >>> round(float(average_precision([0, 1, 1], [0.2, 0.1, 0.9])), 4)
    0.8333
    """
    return _average_precision(*_groups(y, score, weights))


def _average_precision(size: Floats, hits: Floats) -> Any:
    cases = np.cumsum(size, axis=-1)
    precision = np.cumsum(hits, axis=-1) / np.maximum(cases, _TINY)
    return _divide((precision * hits).sum(axis=-1), hits.sum(axis=-1))


def lift_at(y: npt.ArrayLike, score: Score, share: float = 0.1, weights: npt.ArrayLike | None = None) -> Any:
    """Return how many times more often the top of the list is positive than the average customer.

    Ties at the border are counted in fractions, so the order of the rows changes nothing.

    Examples
    --------
    >>> float(lift_at([1, 0, 0, 0], [0.9, 0.1, 0.1, 0.1], share=0.25))
    4.0
    """
    return _lift(*_groups(y, score, weights), share)


def _lift(size: Floats, hits: Floats, share: float) -> Any:
    total = size.sum(axis=-1)
    return _divide(_top(size, hits, share) * total, share * total * hits.sum(axis=-1))


def ranking_figures(
    y: npt.ArrayLike, score: Score, share: float = 0.1, weights: npt.ArrayLike | None = None
) -> Floats:
    """Return AUC, average precision and lift of one ranking: in one pass, since each costs a sort of its own.

    Parameters as for :func:`auc` and :func:`lift_at`.

    Returns
    -------
    ndarray of shape (3, ...)

    Examples
    --------
    >>> ranking_figures([0, 1, 1, 0], [0.2, 0.1, 0.9, 0.0], share=0.25).round(2)
    array([0.75, 0.83, 2.  ])
    """
    size, hits = _groups(y, score, weights)
    return np.stack([_auc(size, hits), _average_precision(size, hits), _lift(size, hits, share)])


def brier(y: npt.ArrayLike, probability: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Any:
    """Return the mean squared error of a probability.

    Examples
    --------
    >>> float(brier([1, 0], [0.5, 0.5]))
    0.25
    """
    truth, p = np.asarray(y, dtype=float), np.asarray(probability, dtype=float)
    w = case_weights(weights, len(truth))
    return _divide(w @ (p - truth) ** 2, w.sum(axis=-1))


def brier_skill(y: npt.ArrayLike, probability: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Any:
    """Return 1 − Brier ÷ Brier of the best constant; above 0 the probability says something.

    The constant is the share of positives in the scored data itself, which is the hardest one to beat.

    Examples
    --------
    >>> float(brier_skill([1, 0], [1.0, 0.0]))
    1.0
    """
    truth = np.asarray(y, dtype=float)
    w = case_weights(weights, len(truth))
    share = _divide(w @ truth, w.sum(axis=-1))
    return 1.0 - _divide(np.asarray(brier(truth, probability, w)), share * (1.0 - share))


def log_loss(y: npt.ArrayLike, probability: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Any:
    """Return the mean negative log-likelihood of 0/1 outcomes, in nats.

    Examples
    --------
    >>> round(float(log_loss([1, 0], [0.5, 0.5])), 4)
    0.6931
    """
    truth = np.asarray(y, dtype=float)
    p = np.clip(np.asarray(probability, dtype=float), _SMALLEST, 1.0 - _SMALLEST)
    w = case_weights(weights, len(truth))
    loss = -(truth * np.log(p) + (1.0 - truth) * np.log1p(-p))
    return _divide(w @ loss, w.sum(axis=-1))


def _divide(above: Any, below: Any) -> Any:
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    shape = np.broadcast_shapes(above.shape, below.shape)
    return np.divide(above, below, out=np.full(shape, np.nan), where=below > 0)[()]
