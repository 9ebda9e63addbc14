"""Windows: training closes before the test, calibration is later, and a short history says so."""

from __future__ import annotations

import pytest

from crm_ml.base.exceptions import WindowError
from crm_ml.data.windows import as_day
from crm_ml.evaluation.plan import longest_horizon, plan_windows

from ..data.logs import log_of


def base(days):
    return log_of([("a", 0, 1.0), ("a", days - 1, 1.0)])


@pytest.mark.parametrize("days", [60, 100, 182, 273, 365, 546, 1500])
@pytest.mark.parametrize("horizon", [7, 30, 90, 180])
def test_no_label_period_reaches_past_the_test_cutoff(days, horizon):
    try:
        plan = plan_windows(base(days), horizon)
    except WindowError:
        assert days <= horizon
        return
    earlier = [*plan.train, *([plan.calibrate] if plan.calibrate else [])]
    assert all(window.end_day <= plan.test.cutoff_day for window in earlier)
    assert plan.test.end_day == days
    assert list(plan.windows) == sorted(plan.windows)
    assert all(window.cutoff_day >= 28 for window in plan.train) or horizon < 28
    if plan.calibrate:
        assert all(window.cutoff_day < plan.calibrate.cutoff_day for window in plan.train)
    if not plan.train:
        assert plan.calibrate is None
        assert plan.notes


def test_a_long_history_gives_three_stretches_that_do_not_overlap():
    plan = plan_windows(base(1500), 90)
    assert plan.calibrate is not None
    assert plan.train[-1].end_day <= plan.calibrate.cutoff_day
    assert plan.calibrate.end_day <= plan.test.cutoff_day
    assert len(plan.train) == 6
    assert plan.notes == ()


def test_a_shorter_history_gives_up_one_thing_at_a_time_and_says_which():
    assert plan_windows(base(510), 90).notes == ()
    less, overlap, none = (plan_windows(base(days), 90) for days in (450, 365, 272))
    assert less.notes == ("short history: 90 days before the first training snapshot, not 180",)
    assert less.train[-1].end_day <= less.calibrate.cutoff_day
    assert "overlap" in overlap.notes[0]
    assert overlap.calibrate is not None
    assert "no room for a later calibration" in none.notes[0]
    assert none.calibrate is None
    assert none.notes[-1] == "one training snapshot only"


def test_where_nothing_fits_the_note_offers_a_horizon_that_does():
    tx = base(546)
    plan = plan_windows(tx, 273, cutoff=273)
    assert plan.train == ()
    assert "182 days or less" in plan.notes[0]
    assert plan_windows(tx, longest_horizon(tx, 273), cutoff=273).train
    assert not plan_windows(tx, longest_horizon(tx, 273) + 1, cutoff=273).train


def test_the_number_of_snapshots_their_distance_and_history_can_be_set():
    plan = plan_windows(base(1500), 30, snapshots=3, stride_days=50, min_history_days=400)
    cutoffs = [as_day(window.cutoff) for window in plan.train]
    assert cutoffs[1] - cutoffs[0] == cutoffs[2] - cutoffs[1] == 50
    assert plan_windows(base(600), 30, min_history_days=500).train[0].cutoff_day >= 500


def test_an_open_test_window_is_refused():
    with pytest.raises(WindowError):
        plan_windows(base(200), 90, cutoff=150)


def test_the_longest_horizon_of_a_history():
    assert longest_horizon(base(20)) == 0
    tx = base(182)
    assert plan_windows(tx, longest_horizon(tx)).train
    assert not plan_windows(tx, longest_horizon(tx) + 1).train
