"""Panels: X blind to the future, y blind to what comes after the horizon, rows that belong together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError, WindowError
from crm_ml.data.normal import NormalSettings
from crm_ml.data.windows import Window
from crm_ml.evaluation.panel import build_panel, build_panels, by_day
from crm_ml.labels.at_risk import label_at_risk
from crm_ml.labels.settings import LabelSettings
from crm_ml.labels.stopped import label_stopped

from ..data.logs import log_of, steady_base, with_sector

WINDOWS = [Window(500, 60), Window(560, 60), Window(700, 60)]
ROWS = [row for row in steady_base(80) if int(row[0][1:]) % 4 or row[1] < 640]
SPAN = {"first": 0, "last": 999}


@pytest.fixture(scope="module")
def panel():
    return build_panel(log_of(ROWS, **SPAN), WINDOWS, "stopped")


def test_a_row_is_a_customer_at_a_cutoff_with_features_label_and_context_beside_each_other(panel):
    assert panel.X.index.names == ["customer_id", "cutoff"]
    assert panel.X.index.is_unique
    assert panel.X.index.equals(panel.y.index)
    assert panel.X.index.equals(panel.context.index)
    assert set(panel.customers) <= {row[0] for row in ROWS}
    assert len(panel.at(WINDOWS[0])) == len(panel.at(WINDOWS)) // 3


def test_labels_are_those_of_the_label_function(panel):
    tx = log_of(ROWS, **SPAN)
    for window in WINDOWS:
        rows = panel.at(window)
        expected = label_stopped(tx, window)
        assert rows.y.droplevel("cutoff").to_dict() == expected.to_dict()
    risk = build_panel(tx, WINDOWS, "at_risk").at(WINDOWS[1]).labelled()
    assert risk.y.droplevel("cutoff").to_dict() == label_at_risk(tx, WINDOWS[1]).dropna().to_dict()


def test_the_future_changes_no_feature_and_what_follows_the_horizon_no_label(panel):
    """Rows from the last cutoff on are replaced: only labels of windows that reach there may differ."""
    changed = [row for row in ROWS if row[1] < 700] + [("c0001", day, 1e5) for day in (700, 701, 990)]
    other = build_panel(log_of(changed, **SPAN), WINDOWS, "stopped")
    pd.testing.assert_frame_equal(panel.X, other.X)
    early = WINDOWS[:2]
    pd.testing.assert_series_equal(panel.at(early).y, other.at(early).y)
    pd.testing.assert_frame_equal(panel.at(early).context, other.at(early).context)
    assert not panel.at(WINDOWS[2]).y.equals(other.at(WINDOWS[2]).y)


def test_labelled_and_established_keep_the_right_rows(panel):
    risk = build_panel(log_of(ROWS, **SPAN), WINDOWS, "at_risk")
    assert risk.labelled().y.notna().all()
    assert risk.labelled().X.index.equals(risk.established().X.index)


def test_tasks_share_their_features(panel):
    panels = build_panels(log_of(ROWS, **SPAN), WINDOWS, ["stopped", "value"])
    assert panels["stopped"].X is panels["value"].X
    assert (panels["value"].y == panels["value"].context["value"]).all()


def test_own_features_are_taken_as_they_are(panel):
    more = panel.X[["recency_days"]].assign(own=1.0)
    assert build_panel(log_of(ROWS, **SPAN), WINDOWS, "stopped", X=more).X is more


def test_features_of_strangers_are_refused(panel):
    stranger = panel.X.rename(index={"c0001": "nobody"}, level="customer_id")
    with pytest.raises(InputError, match="nobody"):
        build_panel(log_of(ROWS, **SPAN), WINDOWS, "stopped", X=stranger)


def test_an_open_window_an_unknown_task_and_no_window_are_refused(panel):
    tx = log_of(ROWS, **SPAN)
    with pytest.raises(WindowError):
        build_panel(tx, [Window(980, 60)], "stopped")
    with pytest.raises(InputError, match="stopped"):
        build_panel(tx, WINDOWS, "stoped")
    with pytest.raises(InputError, match="no windows"):
        build_panel(tx, [], "stopped")


def test_the_log_by_day_gives_the_same_labels():
    rows = [*ROWS, *[(customer, day, -amount / 2) for customer, day, amount in ROWS[::7]]]
    rows = [rows[place] for place in np.random.default_rng(0).permutation(len(rows))]
    tx = log_of(rows, **SPAN)
    assert label_at_risk(by_day(tx), WINDOWS[1]).equals(label_at_risk(tx, WINDOWS[1]))
    counts = log_of([(one, day, 1.0) for one, day, _ in ROWS], money=False, **SPAN)
    assert label_at_risk(by_day(counts), WINDOWS[1]).equals(label_at_risk(counts, WINDOWS[1]))
    sectors = {one: "falls" if int(one[1:]) % 4 == 0 else "steady" for one, _, _ in ROWS}
    told = with_sector(log_of(ROWS, **SPAN), sectors)
    few = LabelSettings(normal=NormalSettings(sector_peers=10))
    own = label_at_risk(told, WINDOWS[2], few)
    assert label_at_risk(by_day(told), WINDOWS[2], few).equals(own)
    assert not own.equals(label_at_risk(log_of(ROWS, **SPAN), WINDOWS[2], few))
