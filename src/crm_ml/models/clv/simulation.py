"""Customers drawn from a model: to check fits, coverage and code that uses them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crm_ml.base.exceptions import InputError
from crm_ml.models.clv.bg_bb import BGBB
from crm_ml.models.clv.dropout import DropoutModel
from crm_ml.models.clv.erlang_nbd import ErlangNBD
from crm_ml.models.clv.gamma_gamma import GammaGamma
from crm_ml.models.clv.pareto_nbd import ParetoNBD
from crm_ml.models.clv.purchase_model import PurchaseModel
from crm_ml.models.clv.rows import Array

__all__ = ["simulate"]


def simulate(
    model: PurchaseModel,
    ages: Array,
    *,
    horizon: float = 0.0,
    value: GammaGamma | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Draw customers from a fitted model.

    Parameters
    ----------
    model : fitted PurchaseModel
        Tells how customers buy and stop.
    ages : ndarray
        Age of each customer at the cutoff, in the model's time unit.
    horizon : float
        Time after the cutoff in which purchases are counted too.
    value : fitted GammaGamma, optional
        Gives each customer a `monetary_value`.
    seed : int
        The same seed gives the same customers.

    Returns
    -------
    DataFrame
        Columns `frequency, t_x, T, log_gaps, alive, future` and, with `value`, `monetary_value` and
        `future_value` (spend in the horizon).

    Examples
    --------
    >>> from crm_ml.models.clv.nbd import NBD
    >>> model = NBD(time_unit="week").fit(pd.DataFrame({"frequency": [0, 3], "t_x": [0, 30], "T": [39, 39]}))
    >>> simulate(model, np.full(3, 39.0), horizon=10).shape
    (3, 6)
    """
    rng = np.random.default_rng(seed)
    ages = np.asarray(ages, dtype=np.float64)
    if not (ages >= 0).all():
        raise InputError("an age is negative or missing", do="give ages of 0 or more")
    if isinstance(model, BGBB):
        table = _opportunities(model, ages, horizon, rng)
    else:
        table = _moments(model, ages, horizon, rng)
    if value is not None:
        p, q, v = value.theta
        scale = rng.gamma(q, 1.0 / v, len(ages))
        past, future = (p * table[name].to_numpy() for name in ("frequency", "future"))
        spent, will_spend = (rng.gamma(np.maximum(shape, 1e-300)) / scale for shape in (past, future))
        table["monetary_value"] = np.where(past > 0, spent * p / np.maximum(past, 1e-300), 0.0)
        table["future_value"] = np.where(future > 0, will_spend, 0.0)
    return table


def _moments(model: PurchaseModel, ages: Array, horizon: float, rng: np.random.Generator) -> pd.DataFrame:
    """Let everybody buy until all are past the end or gone."""
    n, end = len(ages), ages + horizon
    shape, scale = model.theta[:2]
    rate = rng.gamma(shape, 1.0 / scale, n)
    stages = model.k_ if isinstance(model, ErlangNBD) else 1
    life, drops = _life(model, n, rng)
    now, active = np.zeros(n), np.full(n, True)
    if isinstance(model, DropoutModel) and model.first_chance:
        active &= ~drops()
    table = {name: np.zeros(n) for name in ("frequency", "t_x", "log_gaps", "future")}
    gone_at = np.where(active, life, 0.0)
    while active.any():
        gap = rng.gamma(stages, 1.0, n) / np.maximum(rate, 1e-300)
        now = np.where(active, now + gap, now)
        active &= now <= np.minimum(end, life)
        seen = active & (now <= ages)
        table["frequency"] += seen
        table["t_x"] = np.where(seen, now, table["t_x"])
        table["log_gaps"] += np.where(seen, np.log(gap), 0.0)
        table["future"] += active & ~seen
        stopped = active & drops()
        gone_at = np.where(stopped, now, gone_at)
        active &= ~stopped
    result = pd.DataFrame({"frequency": table["frequency"], "t_x": table["t_x"], "T": ages})
    return result.assign(log_gaps=table["log_gaps"], alive=gone_at > ages, future=table["future"])


def _life(
    model: PurchaseModel, n: int, rng: np.random.Generator
) -> tuple[Array, Callable[[], NDArray[np.bool_]]]:
    """Return the moment of dropping out by the clock, and a draw of who drops out at a purchase."""
    if isinstance(model, ParetoNBD):
        s, beta = model.theta[2:]
        rate = rng.gamma(s, 1.0 / beta, n)
        return rng.exponential(1.0, n) / np.maximum(rate, 1e-300), lambda: np.zeros(n, dtype=bool)
    if isinstance(model, DropoutModel):
        a, b = model.theta[2:]
        chance = rng.beta(a, b, n)
        return np.full(n, np.inf), lambda: rng.random(n) < chance
    return np.full(n, np.inf), lambda: np.zeros(n, dtype=bool)


def _opportunities(model: BGBB, ages: Array, horizon: float, rng: np.random.Generator) -> pd.DataFrame:
    n = len(ages)
    alpha, beta, gamma, delta = model.theta
    buys, drops = rng.beta(alpha, beta, n), rng.beta(gamma, delta, n)
    alive, x, t_x, future = np.full(n, True), np.zeros(n), np.zeros(n), np.zeros(n)
    alive_then = alive.copy()
    for turn in range(1, int(np.max(ages + horizon)) + 1):
        alive &= rng.random(n) >= drops
        bought = alive & (rng.random(n) < buys)
        seen = bought & (turn <= ages)
        x, t_x = x + seen, np.where(seen, turn, t_x)
        future += bought & ~seen & (turn <= ages + horizon)
        alive_then = np.where(turn <= ages, alive, alive_then)
    result = pd.DataFrame({"frequency": x, "t_x": t_x, "T": ages, "log_gaps": 0.0})
    return result.assign(alive=alive_then, future=future)
