"""Panels made of numbers, to judge estimators without a log."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from crm_ml.evaluation.panel import Panel
from crm_ml.labels.tasks import TASKS


class Forecast:
    """An estimator that gives the probabilities (or amounts) in one column of X."""

    def __init__(self, column, classes=(False, True)):
        self.column = column
        self.classes_ = np.array(classes, dtype=object if isinstance(classes[0], str) else None)

    def predict_proba(self, X):
        p = X[self.column].to_numpy(dtype=float)
        if len(self.classes_) == 2:
            return np.column_stack([1 - p, p])
        rest = (1 - p) / (len(self.classes_) - 1)
        return np.column_stack([*[rest] * (len(self.classes_) - 1), p])

    def predict(self, X):
        return X[self.column].to_numpy(dtype=float)


def panel_of(task, X, y, *, established=None, at_stake=None, value=None, cutoff=dt.date(2020, 1, 1)):
    """Put columns side by side as the panel of one cutoff."""
    index = pd.MultiIndex.from_arrays(
        [[f"c{place:05d}" for place in range(len(X))], [cutoff] * len(X)], names=["customer_id", "cutoff"]
    )
    everywhere = np.ones(len(X))
    context = pd.DataFrame(
        {
            "established": everywhere.astype(bool) if established is None else np.asarray(established),
            "at_stake": 100.0 * everywhere if at_stake is None else at_stake,
            "value": 0.0 * everywhere if value is None else value,
        },
        index=index,
    )
    X = pd.DataFrame(X).set_axis(index)
    return Panel(TASKS[task], X, pd.Series(y).set_axis(index), context)


def risky(n=4000, seed=0):
    """A truth, its real probability, a noisy view of it and pure noise."""
    random = np.random.default_rng(seed)
    p = random.beta(1.2, 2.5, n)
    noise = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + random.normal(0, 1.5, n))))
    X = {"truth": p, "noisy": noise, "random": random.random(n), "share": np.full(n, p.mean())}
    return pd.DataFrame(X), random.random(n) < p
