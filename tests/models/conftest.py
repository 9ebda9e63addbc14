"""Simulated customers of a shop: purchases at random moments until they stop."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest


class Shop(NamedTuple):
    """Features at a cutoff and who bought nothing in the 13 weeks after it."""

    X: pd.DataFrame
    stopped: pd.Series


def simulate(n: int, seed: int) -> Shop:
    """Buy at a gamma-distributed rate until a gamma-distributed hazard strikes (a Pareto/NBD world)."""
    rng = np.random.default_rng(seed)
    rate, hazard = rng.gamma(0.8, 1 / 8, n), rng.gamma(0.6, 1 / 12, n)
    observed, life = rng.uniform(20, 60, n), rng.exponential(1 / np.maximum(hazard, 1e-9))
    repeats = rng.poisson(rate * np.minimum(life, observed))
    last = np.where(repeats > 0, np.minimum(life, observed) * rng.beta(np.maximum(repeats, 1), 1), 0.0)
    spend = rng.lognormal(3.5, 0.6, n)
    X = pd.DataFrame(
        {
            "recency_days": ((observed - last) * 7).round(),
            "purchase_days": repeats + 1.0,
            "tenure_days": (observed * 7).round(),
            "revenue": (spend * (repeats + 1) * rng.lognormal(0, 0.2, n)).round(2),
            "gap_mean": np.where(repeats > 0, last * 7 / np.maximum(repeats, 1), np.nan),
        },
        index=pd.Index([f"c{i:06d}" for i in range(n)], name="customer_id"),
    )
    X["overdue_ratio"] = X["recency_days"] / X["gap_mean"]
    for k in range(8):
        X[f"noise_{k}"] = rng.normal(size=n) + 0.3 * np.log(X["revenue"])
    later = rng.poisson(rate * np.clip(life - observed, 0, 13))
    return Shop(X, pd.Series(later == 0, index=X.index, name="stopped"))


@pytest.fixture(scope="session")
def shop() -> Shop:
    return simulate(8000, seed=1)


@pytest.fixture(scope="session")
def shop_later() -> Shop:
    return simulate(8000, seed=2)


@pytest.fixture(scope="session")
def models(shop):
    """The techniques fitted on the shop, once."""
    from crm_ml.models.catalog import make_model

    names = ("logistic", "decision_tree", "lightgbm", "rule_list")
    return {name: make_model(name).fit(shop.X, shop.stopped) for name in names}
