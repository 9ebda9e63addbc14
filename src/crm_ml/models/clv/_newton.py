"""Newton's method for parameters above a floor, on exact gradients and Hessians.

It works on ``l = ln(theta - floor)``: every step is feasible, and the likelihoods of this room are close to
quadratic there. Where the likelihood is flat the step is bounded and the direction is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crm_ml.models.clv.rows import Array

__all__ = ["Evaluation", "Optimum", "maximise"]

MOST_STEPS = 100
LONGEST_STEP = 3.0
BOX = 25.0
# Relative gain that is lost in the rounding of a sum of many logarithms.
NOISE = 1e-11
# Relative gain of a last step that needs no look at where it leads: it squares a gradient of 1e-8 a customer.
DONE = 1e-14
# Gain before the last step; the step squares it.
SETTLED = 1e-9
# Gain in log-likelihood that a rough search leaves.
ROUGH = 0.3
# A direction in which the standard error of a log-parameter exceeds 10 is not determined by the data.
FLAT = 1e-2
# Gain below which a search that creeps along such a direction ends: its parameters are not kept anyway.
CREEPING = 1e-5


@dataclass(frozen=True)
class Evaluation:
    """A log-likelihood with its derivatives in the natural parameters."""

    value: float
    gradient: Array
    hessian: Array

    def __add__(self, other: Evaluation) -> Evaluation:
        return Evaluation(
            self.value + other.value, self.gradient + other.gradient, self.hessian + other.hessian
        )


@dataclass(frozen=True)
class Optimum:
    """Where the search ended, in natural parameters; derivatives in log-parameters.

    Parameters
    ----------
    flat : ndarray of bool
        Parameters that take part in a direction the data do not determine.
    """

    theta: Array
    value: float
    gradient: Array
    hessian: Array
    iterations: int
    converged: bool
    flat: np.ndarray[tuple[int], np.dtype[np.bool_]]


def maximise(
    evaluate: Callable[[Array], Evaluation],
    start: Array,
    floor: Array,
    *,
    penalty: float = 0.0,
    rough: bool = False,
) -> Optimum:
    """Maximise a log-likelihood, optionally minus ``penalty / 2 * |l - l_start|**2``.

    Parameters
    ----------
    evaluate : callable
        Gives value, gradient and Hessian at natural parameters.
    start, floor : ndarray
        First guess and lower limits of the natural parameters.
    penalty : float
        Strength of the pull of the log-parameters to the start.
    rough : bool
        Stop near the optimum, for a start of another search.
    """
    centre = np.log(start - floor)

    def at(point: Array) -> Evaluation:
        return _in_logs(evaluate(floor + np.exp(point)), point, centre, penalty)

    point, now = centre, at(centre)
    iterations, converged = 0, False
    while iterations < MOST_STEPS and not converged:
        iterations += 1
        step = _step(now)
        gain = float(step @ now.gradient)
        if gain < DONE * abs(now.value):
            # So near that value and gradient of the next point are those of this one.
            point, converged = np.clip(point + step, -BOX, BOX), True
            break
        if gain < CREEPING and (np.abs(np.linalg.eigvalsh(now.hessian)) < FLAT).any():
            converged = True
            break
        if gain < NOISE * (1.0 + abs(now.value)) or (rough and gain < ROUGH):
            # The value can no longer tell: full steps, each of which doubles the digits of the gradient.
            converged = rough or gain < SETTLED
            target = np.clip(point + step, -BOX, BOX)
            moved: tuple[Array, Evaluation] | None = (target, at(target))
        else:
            moved = _search(at, point, now, step)
        if moved is None:
            break
        point, now = moved
    eigenvalues, vectors = np.linalg.eigh(-now.hessian)
    flat = (np.abs(vectors[:, eigenvalues < FLAT]) > 0.3).any(axis=1) | (np.abs(point) > BOX - 1e-6)
    return Optimum(floor + np.exp(point), now.value, now.gradient, now.hessian, iterations, converged, flat)


def _in_logs(natural: Evaluation, point: Array, centre: Array, penalty: float) -> Evaluation:
    slope = np.exp(point)
    gradient = slope * natural.gradient
    hessian = np.outer(slope, slope) * natural.hessian + np.diag(gradient)
    away = point - centre
    return Evaluation(
        natural.value - penalty / 2 * float(away @ away),
        gradient - penalty * away,
        hessian - penalty * np.eye(len(point)),
    )


def _step(now: Evaluation) -> Array:
    # Where the surface is not concave, the modulus of each curvature still gives an ascent direction.
    eigenvalues, vectors = np.linalg.eigh(-now.hessian)
    curvature = np.maximum(np.abs(eigenvalues), 1e-8 * max(1.0, float(np.abs(eigenvalues).max())))
    step: Array = vectors @ ((vectors.T @ now.gradient) / curvature)
    longest = float(np.abs(step).max())
    return step * (LONGEST_STEP / longest) if longest > LONGEST_STEP else step


def _search(
    at: Callable[[Array], Evaluation], point: Array, now: Evaluation, step: Array
) -> tuple[Array, Evaluation] | None:
    """Halve the step until it gains; None when nothing gains."""
    for _ in range(40):
        target = np.clip(point + step, -BOX, BOX)
        there = at(target)
        expected = float((target - point) @ now.gradient)
        if np.isfinite(there.value) and there.value >= now.value + 1e-4 * expected:
            return (target, there) if there.value > now.value else None
        step = step / 2
    return None
