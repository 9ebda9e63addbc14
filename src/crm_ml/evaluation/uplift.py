"""What a contact changes: Qini, AUUC and the gain of a policy on a randomised campaign.

Qini curve: Radcliffe 2007, Direct Marketing Analytics Journal 1: 14. AUUC: area under the curve of
(share contacted) × (difference of means among them); Rzepakowski & Jaroszewicz 2012, Knowledge and
Information Systems 32: 303. Policy value by inverse propensity: Horvitz & Thompson 1952, JASA 47: 663.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from crm_ml.evaluation.metrics import Floats, TiedRanking, case_weights

__all__ = ["auuc", "effect_line", "policy_gain", "qini", "qini_curve"]


def qini_curve(
    score: npt.ArrayLike, y: npt.ArrayLike, contacted: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Return share contacted and extra outcomes a contacted customer, best scores first.

    The extra outcomes of the first customers are those of the contacted among them minus those of the others
    among them, scaled to the same number; the curve ends in the average effect.

    Parameters
    ----------
    score : array-like of shape (n,)
        Who should be contacted first.
    y : array-like of shape (n,)
        Outcome: 0 or 1, or money.
    contacted : array-like of bool, shape (n,)
        Randomly assigned.
    weights : array-like of shape (..., n), optional
        Case weights; a leading axis gives one curve a replicate.

    Returns
    -------
    share, gain : ndarray of shape (..., groups + 1)
        Both start at 0.
    """
    people, treated, out_treated, out_other = _along(score, y, contacted, weights)
    others = people - treated
    ratio = np.divide(treated, others, out=np.zeros_like(people), where=others > 0)
    gain = _ratio(out_treated - out_other * ratio, treated[..., -1:])
    return _from_zero(people / people[..., -1:]), _from_zero(gain)


def qini(
    score: npt.ArrayLike, y: npt.ArrayLike, contacted: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> Any:
    """Return the area between the Qini curve and the straight line of contacting at random.

    Above 0 the ranking finds whom a contact changes; in outcomes a contacted customer.

    Examples
    --------
    >>> score, contacted = np.repeat([1.0, 0.0], 50), np.tile([1, 0], 50)
    >>> y = ((score == 1) & (contacted == 1)).astype(float)
    >>> round(float(qini(score, y, contacted)), 3)
    0.125
    """
    share, gain = qini_curve(score, y, contacted, weights)
    return _area(share, gain) - 0.5 * gain[..., -1]


def auuc(
    score: npt.ArrayLike, y: npt.ArrayLike, contacted: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> Any:
    """Return the area under share × difference of means: the gain averaged over all sizes of a campaign.

    Contacting at random has half the average effect.

    Examples
    --------
    >>> score, contacted = np.repeat([1.0, 0.0], 50), np.tile([1, 0], 50)
    >>> y = ((score == 1) & (contacted == 1)).astype(float)
    >>> round(float(auuc(score, y, contacted)), 3)
    0.375
    """
    people, treated, out_treated, out_other = _along(score, y, contacted, weights)
    share = people / people[..., -1:]
    gain = share * _difference(people, treated, out_treated, out_other)
    return _area(_from_zero(share), _from_zero(gain))


def effect_line(
    score: npt.ArrayLike, y: npt.ArrayLike, contacted: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> tuple[Any, Any]:
    """Return intercept and slope of the measured effect as a line of its forecast.

    The best linear predictor of the effect (Chernozhukov e.a. 2018, NBER 24678): slope 1 and intercept 0
    where forecasts are right, a slope below 1 where they are too far apart, as those of small samples are.

    Examples
    --------
    >>> score, contacted = np.repeat([0.2, 0.0], 50), np.tile([1, 0], 50)
    >>> intercept, slope = effect_line(score, score * contacted / 2, contacted)
    >>> round(float(intercept), 6), round(float(slope), 6)
    (0.0, 0.5)
    """
    forecast, outcome = np.asarray(score, dtype=float), np.asarray(y, dtype=float)
    arm, w = np.asarray(contacted, dtype=float), case_weights(weights, len(outcome))
    one, other = _line(forecast, outcome, w * arm), _line(forecast, outcome, w * (1 - arm))
    return one[0] - other[0], one[1] - other[1]


def policy_gain(
    contact: npt.ArrayLike,
    y: npt.ArrayLike,
    contacted: npt.ArrayLike,
    *,
    value: float = 1.0,
    cost: float = 0.0,
    weights: npt.ArrayLike | None = None,
) -> Any:
    """Return what contacting those customers earns above contacting nobody, a customer of the base.

    Parameters
    ----------
    contact : array-like of bool, shape (n,)
        Whom the policy contacts.
    y, contacted : array-like of shape (n,)
        Outcome and random assignment.
    value : float
        Money of one outcome.
    cost : float
        Money of one contact.
    weights : array-like of shape (..., n), optional
        Case weights.

    Examples
    --------
    >>> float(policy_gain([1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0], value=10, cost=1))
    4.5
    """
    chosen = np.asarray(contact, dtype=float)
    w = case_weights(weights, len(chosen)) * chosen
    arm, outcome = np.asarray(contacted, dtype=float), np.asarray(y, dtype=float)
    effect = _ratio(w @ (arm * outcome), w @ arm) - _ratio(w @ ((1 - arm) * outcome), w @ (1 - arm))
    everybody = case_weights(weights, len(chosen)).sum(axis=-1)
    return w.sum(axis=-1) / everybody * (value * effect - cost)


def _line(x: Floats, y: Floats, weights: Floats) -> tuple[Any, Any]:
    """Return intercept and slope of weighted least squares; slope 0 where x does not vary."""
    total = weights.sum(axis=-1)
    x_mean, y_mean = _ratio(weights @ x, total), _ratio(weights @ y, total)
    spread = _ratio(weights @ x**2, total) - x_mean**2
    together = _ratio(weights @ (x * y), total) - x_mean * y_mean
    slope = np.where(spread > 1e-18, _ratio(together, spread), 0.0)
    return y_mean - slope * x_mean, slope


def _along(
    score: npt.ArrayLike, y: npt.ArrayLike, contacted: npt.ArrayLike, weights: npt.ArrayLike | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return cumulated people, contacted, outcomes of the contacted and of the others, best score first."""
    arm, outcome = np.asarray(contacted, dtype=float), np.asarray(y, dtype=float)
    w, ranking = case_weights(weights, len(arm)), TiedRanking(score)
    amounts = (w, w * arm, w * arm * outcome, w * (1 - arm) * outcome)
    people, treated, out_treated, out_other = (np.cumsum(ranking.sums(one), axis=-1) for one in amounts)
    return people, treated, out_treated, out_other


def _difference(people: Floats, treated: Floats, out_treated: Floats, out_other: Floats) -> Floats:
    others = people - treated
    both = (treated > 0) & (others > 0)
    one = np.divide(out_treated, treated, out=np.zeros_like(people), where=both)
    return np.asarray(one - np.divide(out_other, others, out=np.zeros_like(people), where=both))


def _ratio(above: Any, below: Any) -> Any:
    above, below = np.broadcast_arrays(above, below)
    return np.divide(above, below, out=np.zeros(below.shape), where=below > 0)


def _from_zero(curve: Floats) -> Floats:
    return np.concatenate([np.zeros((*curve.shape[:-1], 1)), curve], axis=-1)


def _area(x: Floats, y: Floats) -> Any:
    return (0.5 * np.diff(x, axis=-1) * (y[..., 1:] + y[..., :-1])).sum(axis=-1)
