"""What a ranking or a forecast of money is worth: Gini, errors, profit, value in the top of the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from crm_ml.evaluation.metrics import Floats, TiedRanking, case_weights

__all__ = [
    "bias",
    "expected_profit",
    "rmse",
    "spend_gini",
    "spend_gini_by_weights",
    "tweedie_deviance",
    "value_captured",
]


def spend_gini(money: npt.ArrayLike, score: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Any:
    """Return how well a score orders customers by the money they spend: 1 perfect, 0 random.

    The Gini coefficient of the curve of cumulated money along the score, divided by the one along the money
    itself. Customers with the same score share their money evenly.

    Parameters
    ----------
    money : array-like of shape (n,)
        Money spent in the horizon.
    score : array-like of shape (n,)
        Higher means more money expected.
    weights : array-like of shape (..., n), optional
        Case weights; a leading axis gives one figure a replicate.

    Examples
    --------
    >>> float(spend_gini([0.0, 1.0, 9.0], [1, 2, 3]))
    1.0
    """
    return spend_gini_by_weights(money, score)(weights)


def spend_gini_by_weights(money: npt.ArrayLike, score: npt.ArrayLike) -> Callable[..., Any]:
    """Return :func:`spend_gini` as a function of weights: customers are put in order once for all draws.

    Examples
    --------
    >>> figure = spend_gini_by_weights([0.0, 1.0, 9.0], [2, 1, 3])
    >>> figure([[1, 1, 1], [0, 1, 1]]).round(3)
    array([0.889, 1.   ])
    """
    spent = np.asarray(money, dtype=float)
    by_score, by_money = TiedRanking(score), TiedRanking(spent)

    def figure(weights: npt.ArrayLike | None = None) -> Any:
        w = case_weights(weights, len(spent))
        own, best = _gini(spent, by_score, w), _gini(spent, by_money, w)
        return np.divide(own, best, out=np.full_like(best, np.nan), where=np.abs(best) > 1e-12)[()]

    return figure


def _gini(spent: Floats, ranking: TiedRanking, weights: Floats) -> Floats:
    people, amount = ranking.weighed(weights, spent)
    before = np.cumsum(amount, axis=-1) - amount
    area = (people * (before + 0.5 * amount)).sum(axis=-1)
    total = people.sum(axis=-1) * amount.sum(axis=-1)
    safe = np.where(total == 0, 1.0, total)
    return np.asarray(np.where(total == 0, 0.0, 2.0 * area / safe - 1.0))


def rmse(actual: npt.ArrayLike, forecast: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Any:
    """Return the root of the mean squared error, in the unit of `actual`.

    Examples
    --------
    >>> float(rmse([1.0, 3.0], [1.0, 1.0]))
    1.4142135623730951
    """
    truth = np.asarray(actual, dtype=float)
    w = case_weights(weights, len(truth))
    return np.sqrt(w @ (truth - np.asarray(forecast, dtype=float)) ** 2 / w.sum(axis=-1))


def bias(actual: npt.ArrayLike, forecast: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Any:
    """Return Σ forecast ÷ Σ actual − 1: how far the total of the whole base is off.

    Examples
    --------
    >>> float(bias([10.0, 0.0], [4.0, 5.0]))
    -0.1
    """
    truth = np.asarray(actual, dtype=float)
    w = case_weights(weights, len(truth))
    total = w @ truth
    off = w @ np.asarray(forecast, dtype=float) - total
    return np.divide(off, total, out=np.full(np.shape(total), np.nan), where=np.asarray(total) != 0)[()]


def tweedie_deviance(
    actual: npt.ArrayLike,
    forecast: npt.ArrayLike,
    power: float = 1.5,
    weights: npt.ArrayLike | None = None,
) -> Any:
    """Return the mean Tweedie deviance of amounts that are often 0; returns below 0 count as 0.

    With ``1 < power < 2`` a compound of Poisson counts and gamma amounts (Jørgensen 1987), which fits
    money in a horizon better than squared errors, where a few large customers decide everything.

    Examples
    --------
    >>> float(tweedie_deviance([1.0, 4.0], [1.0, 4.0]))
    0.0
    """
    truth = np.maximum(np.asarray(actual, dtype=float), 0.0)
    floor = max(1e-6 * float(truth.mean()), 1e-9)
    mu = np.maximum(np.asarray(forecast, dtype=float), floor)
    w = case_weights(weights, len(truth))
    own = truth ** (2 - power) / ((1 - power) * (2 - power))
    each = 2 * (own - truth * mu ** (1 - power) / (1 - power) + mu ** (2 - power) / (2 - power))
    return w @ np.maximum(each, 0.0) / w.sum(axis=-1)


def value_captured(
    lost: npt.ArrayLike, score: npt.ArrayLike, share: float = 0.1, weights: npt.ArrayLike | None = None
) -> Any:
    """Return the part of all lost money that the first `share` of the list holds, ties in fractions.

    Parameters
    ----------
    lost : array-like of shape (n,)
        Money that a customer turned out to take away; 0 for those who stayed.
    score : array-like of shape (n,)
        Order of the list, highest first.

    Examples
    --------
    >>> float(value_captured([80.0, 20.0, 0.0, 0.0], [4, 3, 2, 1], share=0.25))
    0.8
    """
    amount = np.asarray(lost, dtype=float)
    w = case_weights(weights, len(amount))
    weighted = w * amount
    top = TiedRanking(score).top(weighted, np.broadcast_to(w, weighted.shape), share)
    total = weighted.sum(axis=-1)
    return np.divide(top, total, out=np.full_like(top, np.nan), where=total > 0)[()]


def expected_profit(
    y: npt.ArrayLike,
    probability: npt.ArrayLike,
    at_stake: npt.ArrayLike,
    *,
    margin: float = 1.0,
    save_rate: float = 0.1,
    contact_cost: float = 0.0,
    weights: npt.ArrayLike | None = None,
) -> Any:
    """Return the profit of contacting whoever is worth it by the forecast, given what then happened.

    Contacted is who has ``p · at_stake · margin · save_rate > contact_cost``; a contact saves the share
    `save_rate` of those who would have left. The save rate is an assumption, not a measurement.

    Parameters
    ----------
    y : array-like of shape (n,)
        1 for a customer who left.
    probability : array-like of shape (n,)
        Forecast of leaving.
    at_stake : array-like of shape (n,)
        Money that leaves with the customer.
    margin, save_rate : float
        Shares between 0 and 1.
    contact_cost : float
        Cost of one contact, in money.

    Returns
    -------
    float or ndarray of shape (...)
        Profit over all customers, in money.

    Examples
    --------
    >>> float(expected_profit([1, 0], [0.9, 0.1], [100.0, 100.0], save_rate=0.2, contact_cost=5.0))
    15.0
    """
    gain = np.asarray(at_stake, dtype=float) * margin * save_rate
    contacted = np.asarray(probability, dtype=float) * gain > contact_cost
    earned = contacted * (np.asarray(y, dtype=float) * gain - contact_cost)
    return case_weights(weights, len(gain)) @ earned
