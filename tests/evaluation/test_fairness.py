"""Unequal rates are named, and groups too small to judge have none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.evaluation.fairness import group_audit


@pytest.fixture
def base():
    random = np.random.default_rng(0)
    ids = [f"c{place:04d}" for place in range(1500)]
    group = pd.Series(random.choice(["a", "b"], 1500), index=ids, name="group")
    X = pd.DataFrame({"orders": random.poisson(4, 1500), "spend": random.gamma(2, 10, 1500)}, index=ids)
    return X.rename_axis("customer_id").astype(float), group


def scored(group):
    random = np.random.default_rng(3)
    p = pd.Series(random.random(len(group)), index=group.index)
    return (random.random(len(group)) < p).to_numpy(), p


def test_equal_treatment_gives_equal_rates(base):
    _, group = base
    y, p = scored(group)
    result = group_audit(pd.Series(y, group.index), p, p > 0.5, group)
    assert result.warnings == ()
    rows = result.table.set_index("group")
    assert rows["gap"].abs().max() < 0.05
    assert rows["auc"].min() > 0.7
    first = group == "a"
    chosen = (p > 0.5).to_numpy()
    assert rows.loc["a", "missed"] == pytest.approx(1 - chosen[first & y].mean())
    assert rows.loc["a", "false_alarm"] == pytest.approx(chosen[first & ~y].mean())
    assert rows.loc["a", "precision"] == pytest.approx(y[first & chosen].mean())


def test_a_group_that_is_selected_less_is_named_with_its_ratio(base):
    _, group = base
    y, p = scored(group)
    result = group_audit(pd.Series(y, group.index), p, p > np.where(group == "a", 0.5, 0.8), group)
    row = result.table.set_index("group").loc["b"]
    assert row["ratio"] == pytest.approx(0.4, abs=0.08)
    assert row["selected_low"] < row["selected"] < row["selected_high"]
    assert "b is selected" in result.warnings[0]


def test_a_small_group_has_no_rates(base):
    _, group = base
    group = group.mask(group.index < "c0020", "rare")
    y, p = scored(group)
    result = group_audit(pd.Series(y, group.index), p, p > 0.5, group)
    assert np.isnan(result.table.set_index("group").loc["rare", "selected"])
    assert "rare: too few" in result.warnings[0]


def test_nobody_with_the_attribute_is_refused(base):
    _, group = base
    y, p = scored(group)
    with pytest.raises(InputError, match="no customer has both"):
        group_audit(pd.Series(y, group.index), p, p > 0.5, pd.Series({"x": "a"}))
