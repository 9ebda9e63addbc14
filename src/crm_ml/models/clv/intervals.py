"""Intervals from the uncertainty of the parameters, for any answer of any fitted model.

The delta method on a scale that keeps the limits possible: logarithms for amounts, log-odds for
probabilities.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit, logit
from scipy.stats import norm

from crm_ml.base.exceptions import InputError
from crm_ml.models.clv.base import LikelihoodModel
from crm_ml.models.clv.rows import Array

__all__ = ["deviation", "interval", "limits"]

Model = TypeVar("Model", bound=LikelihoodModel)
Scale = Literal["log", "logit"]

# Step in a log-parameter: answers are exact to about 1e-12, so that the quotient keeps six digits.
STEP = 1e-3


def deviation(model: Model, answer: Callable[[Model], ArrayLike], *, scale: Scale = "log") -> Array:
    """Return the standard deviation of each answer on its scale.

    Parameters
    ----------
    model : fitted model
        Its `log_covariance` says how uncertain the parameters are.
    answer : callable
        Takes a model and returns numbers, such as ``lambda m: m.expected_purchases(summary, 90)``.
    scale : {"log", "logit"}
        For amounts above 0, or for probabilities.
    """
    slopes = []
    for step in STEP * np.eye(len(model.parameters)):
        up, down = (_on_scale(answer(model.moved(sign * step)), scale) for sign in (1.0, -1.0))
        # An answer of exactly 0 or 1 stays there whatever the parameters: infinite on its scale, and flat.
        same = np.isinf(up) | np.isinf(down)
        with np.errstate(invalid="ignore"):
            slopes.append(np.where(same, 0.0, (up - down) / (2.0 * STEP)))
    # An answer that is missing nearby stays missing: nobody knows how far it would have moved.
    jacobian = np.array(slopes)
    variance = np.einsum("i...,ij,j...->...", jacobian, model.log_covariance, jacobian)
    result: Array = np.sqrt(np.maximum(variance, 0.0))
    return result


def limits(value: Array, spread: Array, level: float, *, scale: Scale = "log") -> tuple[Array, Array]:
    """Return lower and upper limit of answers whose deviation on the scale is known."""
    if not 0 < level < 1:
        raise InputError("the level of an interval lies between 0 and 1", got=level, do="write 0.9 for 90 %")
    width = norm.ppf((1.0 + level) / 2.0) * spread
    centre = _on_scale(value, scale)
    back = np.exp if scale == "log" else expit
    return back(centre - width), back(centre + width)


def interval(
    model: Model, answer: Callable[[Model], Any], *, level: float = 0.9, scale: Scale = "log"
) -> pd.DataFrame:
    """Return an answer of a model with its limits.

    Parameters
    ----------
    model : fitted model
    answer : callable
        Takes a model and returns a Series or an array.
    level : float
        Share of repeated samples in which the limits hold the true answer.
    scale : {"log", "logit"}
        For amounts above 0, or for probabilities.

    Returns
    -------
    DataFrame
        Columns `value, low, high`, index of the answer.

    Examples
    --------
    >>> import pandas as pd
    >>> from crm_ml.models.clv.nbd import NBD
    >>> summary = pd.DataFrame(
    ...     {"frequency": [0, 1, 4], "t_x": [0, 30, 80], "T": [90, 90, 90], "count": [60, 30, 10]}
    ... )
    >>> interval(NBD().fit(summary), lambda m: m.expected_purchases(summary, 90)).round(2)
       value   low  high
    0   0.35  0.25  0.49
    1   0.85  0.73  0.99
    2   2.34  1.82  3.01
    """
    value = answer(model)
    index = value.index if isinstance(value, pd.Series) else None
    numbers = np.atleast_1d(np.asarray(value, dtype=np.float64))
    spread = np.atleast_1d(deviation(model, answer, scale=scale))
    low, high = limits(numbers, spread, level, scale=scale)
    return pd.DataFrame({"value": numbers, "low": low, "high": high}, index=index)


def _on_scale(value: ArrayLike, scale: Scale) -> Array:
    numbers = np.asarray(value, dtype=np.float64)
    with np.errstate(divide="ignore"):
        result: Array = np.log(numbers) if scale == "log" else logit(numbers)
    return result
