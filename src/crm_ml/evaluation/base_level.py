"""The level of the whole base: how many customers will buy, and how much they will spend together.

A model that learns from labels persists the level of its last label period. A purchase process fitted on all
histories at the cutoff extrapolates how the base ages and knows nothing of the season; the same process a
year ago, beside what came then, knows that too. Models keep their ranking and are moved towards that level.

Everything here is known at the cutoff: histories before it, and outcomes of windows that closed on it or
before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from crm_ml.data.memory import once
from crm_ml.data.windows import DateLike, Window, as_day
from crm_ml.evaluation.baselines import BaselineClassifier, BaselineRegressor
from crm_ml.evaluation.metrics import Floats
from crm_ml.features.summary import rfm_summary
from crm_ml.labels.tasks import TASKS
from crm_ml.models.btyd import expected_amount
from crm_ml.models.calibration import moved
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.pareto_nbd import ParetoNBD
from crm_ml.models.level import scaled
from crm_ml.models.links import log_odds, sigmoid

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["ANCHORED", "BaseLevel", "anchored", "foresee_base"]

#: Tasks whose models are moved to the level of the base: all customers have these labels.
ANCHORED = ("stopped", "value")

_YEAR = 365
# Days before the cutoff of a year ago: a younger process misses for want of data, which is no season. At 181
# days, on CDNOW in July 1998, it promised an eighth more than the quarter before, in a base that long shrank.
_LEAST_HISTORY = 270
_LEAST_BUYERS = 100  # fewer say little about a season
_USUAL_MISS = 0.5  # of either level before anything was seen, on the logarithm; development windows
_FARTHEST = np.log(5.0)  # a level beyond five times speaks of other data


@dataclass(frozen=True)
class BaseLevel:
    """What is foreseen of everybody known at a cutoff, and how far a model is moved towards it.

    Parameters
    ----------
    silent : float
        Share of the customers who will buy nothing.
    value : float
        What all will spend, in currency units (purchase days where there are no amounts).
    trust_silent, trust_value : float
        0 leaves a model where it is, 1 takes the foreseen level (on the log-odds, on the logarithm).
    """

    silent: float
    value: float
    trust_silent: float = 0.5
    trust_value: float = 0.5


def foresee_base(tx: Transactions, cutoff: DateLike, horizon_days: int) -> BaseLevel | None:
    """Foresee the level of the base from what is known at the cutoff.

    With a closed window a year ago (270 days or three horizons of history before it), the process is
    corrected by what it missed there, and taken as it is. Otherwise it shares with the model's own level:
    half each, and less the more the process missed the last closed window (weights inverse to squared error,
    Bates & Granger 1969).

    Parameters
    ----------
    tx : Transactions
        The log.
    cutoff : date-like
        First day of the horizon; only days before it are used.
    horizon_days : int
        Length of the horizon.

    Returns
    -------
    BaseLevel or None
        None where nobody bought twice, so that there is no process.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> level = foresee_base(load_cdnow(sample=True), "1997-10-01", 90)
    >>> round(1 - level.silent, 2), round(level.value)
    (0.14, 21983)
    """
    key = ("level of the base", as_day(cutoff), horizon_days)  # every task of a backtest asks for it
    return once(tx, key, lambda: _foresee(tx, cutoff, horizon_days))


def _foresee(tx: Transactions, cutoff: DateLike, horizon_days: int) -> BaseLevel | None:
    now = _Foreseen.at(tx, cutoff, horizon_days)
    if now is None:
        return None
    day, history = as_day(cutoff), as_day(cutoff) - as_day(tx.first_day)
    a_year = _YEAR * -(-horizon_days // _YEAR)
    if history - a_year >= max(_LEAST_HISTORY, 3 * horizon_days):
        missed = _missed(tx, Window(day - a_year, horizon_days))
        if missed is not None and missed.buyers >= _LEAST_BUYERS:
            return BaseLevel(now.silent(missed.odds), float(now.value * np.exp(missed.value)), 1.0, 1.0)
    closed = history > horizon_days
    missed = _missed(tx, Window(day - horizon_days, horizon_days)) if closed else None
    missed = missed or _Missed(0.0, 0.0, 0)
    return BaseLevel(now.silent(0.0), now.value, _trust(missed.odds), _trust(missed.value))


def anchored(model: Any, task: str, rows: pd.DataFrame, level: BaseLevel | None) -> Any:
    """Return a fitted model moved towards the level of the base; its ranking stays.

    Parameters
    ----------
    model : Model
        Fitted model or baseline; one of another task than :data:`ANCHORED` is returned as it is.
    task : str
        What it predicts.
    rows : DataFrame
        Features of everybody known at the cutoff of the level.
    level : BaseLevel or None
        From :func:`foresee_base`; None leaves the model as it is.
    """
    if level is None or task not in ANCHORED or not len(rows):
        return model
    if task == "stopped":
        own = log_odds(model.predict_proba(rows)[:, 1])
        offset = _bounded(level.trust_silent * _offset(own, level.silent))
        return model.moved(offset) if isinstance(model, BaselineClassifier) else moved(model, offset)
    amount = float(np.maximum(model.predict(rows), 0.0).sum())
    if not (amount > 0 and level.value > 0):
        return model
    factor = float(np.exp(_bounded(level.trust_value * np.log(level.value / amount))))
    return model.scaled(factor) if isinstance(model, BaselineRegressor) else scaled(model, factor)


@dataclass(frozen=True)
class _Foreseen:
    """A purchase process fitted on histories at a cutoff, and what it expects of the horizon."""

    odds: Floats  # of buying nothing, on the logarithm
    value: float
    customers: pd.Index

    @classmethod
    def at(cls, tx: Transactions, cutoff: DateLike, horizon_days: int) -> _Foreseen | None:
        summary = rfm_summary(tx, cutoff)
        if not (summary["frequency"] > 0).any():
            return None
        model = LifetimeValue(ParetoNBD()).fit(summary)
        found = model.predict(summary, horizon_days=horizon_days, discount_rate=0.0, interval=None)
        odds = log_odds(found["probability_no_purchase"].to_numpy(dtype=np.float64))
        return cls(odds, float(expected_amount(found).sum()), summary.index)

    def silent(self, offset: float) -> float:
        """Return the share of customers who buy nothing, with everybody's log-odds moved."""
        return float(sigmoid(self.odds + offset).mean())


@dataclass(frozen=True)
class _Missed:
    """What came in a closed window beside what the process foresaw: by how much it has to be moved."""

    odds: float
    value: float
    buyers: int


def _missed(tx: Transactions, window: Window) -> _Missed | None:
    foreseen = _Foreseen.at(tx, window.cutoff, window.horizon_days)
    if foreseen is None:
        return None
    stopped, value = (TASKS[name].label(tx, window, None).reindex(foreseen.customers) for name in ANCHORED)
    silent, came = float(stopped.mean()), float(value.sum())
    spent = np.log(came / foreseen.value) if came > 0 and foreseen.value > 0 else 0.0
    odds = _offset(foreseen.odds, silent)
    return _Missed(_bounded(odds), _bounded(spent), int((~stopped.astype(bool)).sum()))


def _trust(missed: float) -> float:
    return float(1.0 / (2.0 + (missed / _USUAL_MISS) ** 2))


def _bounded(logarithm: float) -> float:
    return float(np.clip(logarithm, -_FARTHEST, _FARTHEST))


def _offset(odds: Floats, share: float) -> float:
    """Return what, added to all log-odds, makes the mean chance a share."""
    target = min(max(share, 0.5 / len(odds)), 1.0 - 0.5 / len(odds))
    return float(brentq(lambda offset: sigmoid(odds + offset).mean() - target, -30.0, 30.0, xtol=1e-9))
