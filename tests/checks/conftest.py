"""Every model of the catalogue, found by discovery, and customers to try it on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from crm_ml.models.catalog import CLASSIFIERS, REGRESSORS, make_model

# They read named columns only and have checks of their own.
OWN_CHECKS = {"btyd", "value_blend"}
QUICK = {"blend": {"models": ("logistic", "decision_tree")}}


class Case(NamedTuple):
    """A model of the catalogue."""

    name: str
    kind: str

    def make(self, **params):
        return make_model(self.name, kind=self.kind, **QUICK.get(self.name, {}), **params)

    def label(self, customers: Customers) -> pd.Series:
        return customers.stopped if self.kind == "classifier" else customers.value


class Customers(NamedTuple):
    """Simulated customers with labels of every kind."""

    X: pd.DataFrame
    stopped: pd.Series
    threat: pd.Series
    value: pd.Series


CASES = [
    *(Case(name, "classifier") for name in CLASSIFIERS if name not in OWN_CHECKS),
    *(Case(name, "regressor") for name in REGRESSORS if name not in OWN_CHECKS),
]


def case_id(case: Case) -> str:
    return f"{case.name}-{case.kind}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CASES, ids=case_id)
    if "classifier" in metafunc.fixturenames:
        found = [case for case in CASES if case.kind == "classifier"]
        metafunc.parametrize("classifier", found, ids=case_id)


def simulate(n: int, seed: int) -> Customers:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "recency_days": rng.gamma(1.0, 60.0, n).round(),
            "orders": rng.poisson(4, n) + 1.0,
            "revenue": rng.lognormal(4, 1, n).round(2),
            "gap_mean": rng.gamma(2, 10, n).round(1),
            "noise": rng.normal(size=n),
        },
        index=pd.Index([f"c{i:05d}" for i in range(n)], name="customer_id"),
    )
    X.loc[rng.random(n) < 0.2, "gap_mean"] = np.nan
    odds = -1.0 + 0.02 * X["recency_days"] - 0.3 * X["orders"] + 0.5 * (X["gap_mean"].fillna(20) > 30)
    stopped = pd.Series(rng.random(n) < 1 / (1 + np.exp(-odds)), index=X.index, name="stopped")
    dries_up = ~stopped & (rng.random(n) < 0.3)
    threat = pd.Series(np.where(stopped, "stops", np.where(dries_up, "dries_up", "stays")), index=X.index)
    value = (X["revenue"] * rng.gamma(2.0, 0.5, n)).where(~stopped, 0.0).rename("value")
    return Customers(X, stopped, threat, value)


@pytest.fixture(scope="session")
def customers() -> Customers:
    return simulate(1500, seed=1)


@pytest.fixture(scope="session")
def later() -> Customers:
    return simulate(1500, seed=2)


@pytest.fixture(scope="session")
def fitted(customers):
    """Fit every model once; ask with fitted(case)."""
    models = {}

    def get(case: Case):
        if case not in models:
            models[case] = case.make().fit(customers.X, case.label(customers))
        return models[case]

    return get
