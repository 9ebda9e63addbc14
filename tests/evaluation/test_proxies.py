"""A planted stand-in for a protected attribute is found, on customers that were held out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.evaluation.fairness import FairnessSettings
from crm_ml.evaluation.proxies import proxy_audit

LIGHT = FairnessSettings(model="logistic", folds=3)


@pytest.fixture
def base():
    random = np.random.default_rng(0)
    ids = [f"c{place:04d}" for place in range(1500)]
    group = pd.Series(random.choice(["a", "b"], 1500), index=ids, name="group")
    X = pd.DataFrame({"orders": random.poisson(4, 1500), "spend": random.gamma(2, 10, 1500)}, index=ids)
    return X.rename_axis("customer_id").astype(float), group


def test_features_that_know_nothing_of_the_attribute_raise_no_warning(base):
    result = proxy_audit(*base, LIGHT)
    assert result.warnings == ()
    assert (result.table["auc_low"] < 0.55).all()
    assert result.table["auc"].to_numpy() == pytest.approx(0.5, abs=0.06)


def test_a_feature_that_stands_in_for_the_attribute_is_named(base):
    X, group = base
    X["basket"] = (group == "a") * 2.0 + np.random.default_rng(1).normal(size=len(X))
    result = proxy_audit(X, group, LIGHT)
    assert result.table["proxy"].all()
    assert set(result.table["feature_1"]) == {"basket"}
    assert "basket" in result.warnings[0]


def test_snapshots_of_one_customer_never_stand_on_both_sides(base):
    """An id-like feature gives nothing away when the customer itself is held out."""
    X, group = base
    X["number"] = np.random.default_rng(2).permutation(len(X)).astype(float)
    twice = pd.concat([X, X], keys=["1997-01-01", "1997-02-01"], names=["cutoff"]).swaplevel()
    result = proxy_audit(twice, group, FairnessSettings(folds=3, model="decision_tree"))
    assert (result.table["auc"] < 0.56).all()


def test_one_group_is_no_audit(base):
    X, _ = base
    with pytest.raises(InputError, match="two groups"):
        proxy_audit(X, pd.Series("a", index=X.index), LIGHT)
    twice = pd.Series(["a", "b"], index=["c0001", "c0001"])
    with pytest.raises(InputError, match="two values"):
        proxy_audit(X, twice, LIGHT)
