"""Facts: the own normals that the reasons hold a customer against."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.prediction.facts import facts_of, peer_normals


def test_peer_normals_need_enough_peers():
    """Four out of five of three customers is no norm."""
    assert peer_normals(pd.DataFrame({"purchase_days": [3.0] * 5, "gap_median": [10.0] * 5})) == {}
    assert peer_normals(pd.DataFrame({"orders": [3.0]})) == {}


def test_the_normal_leaves_the_last_quarter_out():
    """A fall must not lower what it is held against: 275 days of 3 a day make 270 in 90."""
    facts = facts_of(pd.DataFrame({"revenue_12m": [3 * 275 + 20.0], "revenue_90d": [20.0]}))
    assert facts["usual_revenue_90d"][0] == pytest.approx(270)


def test_changes_are_turned_back_into_quotients():
    """−1/3 is half as much; 1 is out of nothing, where no share can be said."""
    facts = facts_of(pd.DataFrame({"order_value_trend": [-1 / 3, 0.0, 1.0, np.nan]}))
    np.testing.assert_allclose(facts["order_value_drop"], [0.5, 0.0, np.nan, np.nan])


def test_only_what_is_there_and_needed_is_taken():
    """Own columns of any type do no harm, missing ones are no error."""
    table = pd.DataFrame({"colour": ["red"], "recency_days": pd.array([None], dtype="Int64")})
    facts = facts_of(table, {"peer_gap": 30})
    assert set(facts) == {"recency_days", "peer_gap"}
    assert np.isnan(facts["recency_days"][0])
