"""Was it random? Random campaigns pass, chosen ones do not, and the message names the feature."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.notes import said
from crm_ml.evaluation.assignment import assignment


@pytest.fixture(scope="module")
def base():
    random = np.random.default_rng(5)
    return pd.DataFrame({"orders": random.poisson(4, 3000), "spend": random.lognormal(4, 1, 3000)})


def test_a_random_assignment_passes(base):
    random = np.random.default_rng(1)
    found = [assignment(base, random.random(3000) < 0.8).figures["random"] for _ in range(40)]
    assert sum(found) >= 39


def test_who_was_chosen_is_named(base):
    """The best customers first: the classic campaign that proves nothing."""
    found = assignment(base, (base["spend"] > base["spend"].median()).to_numpy())
    assert found.figures["random"] == 0
    assert found.table["feature"].iloc[0] == "spend"
    assert found.table["verdict"].tolist() == ["out_of_balance", "in_balance"]
    assert "spend" in found.warnings[0]
    assert "verschilden al vóór het contact" in said(found.warnings[0], "nl")


def test_a_feature_that_is_only_known_of_one_arm_is_no_feature_of_before(base):
    """A column filled after the contact is empty for who was left alone."""
    arm = np.random.default_rng(2).random(3000) < 0.5
    late = base.assign(clicks=np.where(arm, 1.0, np.nan))
    assert assignment(late, arm).table["feature"].iloc[0] == "clicks"


def test_a_control_group_of_another_size_than_planned_is_told(base):
    """Somebody lost, or took, part of an arm; the features need not show it."""
    arm = np.random.default_rng(11).random(3000) < 0.5
    assert assignment(base, arm, control_share=0.5).figures["random"] == 1
    found = assignment(base, arm, control_share=0.4)
    assert found.figures["random"] == 0
    assert "40.0%" in found.warnings[0]
