"""What may really happen: limits that hold chance as well as the uncertainty of the parameters."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.models.clv.base import LikelihoodModel
from crm_ml.models.clv.gamma_gamma import value_history
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.purchase_model import PurchaseModel
from crm_ml.models.clv.rows import Array, distinct, read_rows

__all__ = ["outcome_interval"]

PARAMETER_DRAWS = 20

Model = TypeVar("Model", bound=LikelihoodModel)


def outcome_interval(
    model: LifetimeValue,
    summary: pd.DataFrame,
    *,
    horizon_days: float = 365,
    level: float = 0.9,
    draws: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return limits for what each customer will really buy and spend.

    An interval of an expectation shrinks with the size of the base; what one customer does stays a matter of
    chance. Parameters are drawn from their asymptotic distribution, purchases and value from the models.

    Parameters
    ----------
    model : fitted LifetimeValue
    summary : DataFrame
        Columns `frequency, t_x, T`, and `monetary_value` for money.
    horizon_days : float
        How far to look ahead.
    level : float
        Share of customers whose outcome lies within the limits.
    draws : int
        Futures drawn for each distinct history; a multiple of 20.
    seed : int
        The same seed gives the same limits.

    Returns
    -------
    DataFrame
        `purchases_low, purchases_high` and `value_low, value_high` (undiscounted, times the margin; missing
        without amounts), index of the summary.
    """
    if not 0 < level < 1:
        raise InputError("the level of an interval lies between 0 and 1", got=level, do="write 0.9 for 90 %")
    rng = np.random.default_rng(seed)
    rows = read_rows(summary)
    n, m = np.zeros((2, len(rows.x))) if model.value_ is None else value_history(summary)
    first, inverse = distinct(rows.x, rows.t_x, rows.T, n, m)
    groups = pd.DataFrame({"frequency": rows.x, "t_x": rows.t_x, "T": rows.T}).iloc[first]
    horizon = horizon_days / model.purchases_.days_per_unit
    bought, spent = [], []
    for _ in range(PARAMETER_DRAWS):
        purchases = _drawn(model.purchases_, rng)
        counts = _counts(purchases, groups, horizon, draws // PARAMETER_DRAWS, rng)
        bought.append(counts)
        if model.value_ is not None:
            value = _drawn(model.value_, rng)
            spent.append(model.margin * _spend(value.theta, n[first], m[first], counts, rng))
    tail = (1.0 - level) / 2.0
    table = {}
    for name, parts in (("purchases", bought), ("value", spent)):
        edges = [np.full(len(first), np.nan)] * 2
        if parts:
            edges = list(np.quantile(np.concatenate(parts, axis=1), [tail, 1.0 - tail], axis=1))
        table[f"{name}_low"], table[f"{name}_high"] = (edge[inverse] for edge in edges)
    return pd.DataFrame(table, index=summary.index)


def _drawn(model: Model, rng: np.random.Generator) -> Model:
    step = rng.multivariate_normal(np.zeros(len(model.parameters)), model.log_covariance, method="eigh")
    return model.moved(step)


def _counts(
    model: PurchaseModel, groups: pd.DataFrame, horizon: float, draws: int, rng: np.random.Generator
) -> Array:
    """Draw numbers of purchases by inverting their distribution, as far as each customer needs it."""
    mean = model.expected_purchases(groups, horizon).to_numpy()
    octave = np.ceil(np.log2(np.minimum(20.0 + 4.0 * mean, 5_000.0))).astype(np.intp)
    uniform, counts = rng.random((len(groups), draws)), np.zeros((len(groups), draws))
    for size in np.unique(octave):
        places = np.flatnonzero(octave == size)
        chances = model.distribution(groups.iloc[places], horizon, 2 ** int(size)).to_numpy()
        for place, cumulative in zip(places, np.cumsum(chances, axis=1), strict=True):
            counts[place] = np.searchsorted(cumulative, uniform[place])
    return counts


def _spend(theta: Array, x: Array, m: Array, counts: Array, rng: np.random.Generator) -> Array:
    """Draw what the purchases are worth: a personal scale from its posterior, then their sum."""
    p, q, v = theta
    scale = rng.gamma((q + p * x)[:, None], 1.0 / (v + x * m)[:, None], counts.shape)
    result: Array = np.where(counts > 0, rng.gamma(np.maximum(p * counts, 1e-300)) / scale, 0.0)
    return result
