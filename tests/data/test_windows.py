"""The one rule: a row on the cutoff belongs to the future, and an unobserved period has no label."""

from __future__ import annotations

import datetime as dt
import itertools
from types import SimpleNamespace

import narwhals as nw
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError, WindowError
from crm_ml.data.windows import (
    Window,
    as_date,
    as_day,
    before,
    between,
    check_lag,
    check_not_before,
    check_observed,
    closed_cutoff,
    is_before,
    is_observed,
    rolling_windows,
    within,
)

LOG = nw.from_native(pd.DataFrame({"day": range(10)})).lazy()


def history(first="2024-01-01", last="2024-12-31"):
    return SimpleNamespace(first_day=dt.date.fromisoformat(first), last_day=dt.date.fromisoformat(last))


def days(frame):
    return frame.collect().to_native()["day"].tolist()


def test_a_row_on_the_cutoff_belongs_to_the_future():
    window = Window(as_date(4), 3)
    assert days(before(LOG, 4)) == [0, 1, 2, 3]
    assert days(within(LOG, window)) == [4, 5, 6]
    assert days(between(LOG, 2, 4)) == [2, 3]


@pytest.mark.parametrize(
    "moment", ["2011-06-01", dt.date(2011, 6, 1), dt.datetime(2011, 6, 1, 23, 59), "2011-06-01T12:00:00"]
)
def test_every_way_to_write_a_date_is_the_same_day(moment):
    assert as_date(as_day(moment)) == dt.date(2011, 6, 1)


def test_what_is_no_date_is_refused():
    with pytest.raises(InputError, match="not a date"):
        as_day("first of June")


@pytest.mark.parametrize("horizon", [0, -1])
def test_a_window_needs_days(horizon):
    with pytest.raises(InputError, match="horizon_days"):
        Window("2024-01-01", horizon)


def test_latest_closed_cutoff_leaves_exactly_the_horizon():
    cutoff = closed_cutoff(history(), 90)
    check_observed(history(), Window(cutoff, 90))
    with pytest.raises(WindowError, match="not fully observed") as caught:
        check_observed(history(), Window(cutoff + dt.timedelta(days=1), 90))
    assert str(cutoff) in str(caught.value)


def test_a_cutoff_that_nothing_precedes_is_refused():
    with pytest.raises(WindowError, match="nothing precedes"):
        check_observed(history(), Window("2024-01-01", 30))


def test_rolling_windows_are_closed_apart_and_oldest_first():
    windows = rolling_windows(history(), 3, horizon_days=60, stride_days=30)
    assert [window.end for window in windows][-1] == dt.date(2025, 1, 1)
    gaps = [later.cutoff - earlier.cutoff for earlier, later in itertools.pairwise(windows)]
    assert gaps == [dt.timedelta(days=30)] * 2


def test_a_short_history_gives_fewer_windows_and_none_is_an_error():
    assert len(rolling_windows(history(last="2024-06-30"), 9, horizon_days=60)) == 2
    with pytest.raises(WindowError, match="choose a shorter horizon"):
        rolling_windows(history(last="2024-02-01"), 1, horizon_days=60)


def test_scoring_before_the_training_cutoff_is_refused():
    assert check_not_before("2024-07-01", "2024-07-01") == as_day("2024-07-01")
    with pytest.raises(WindowError, match="before the training cutoff"):
        check_not_before("2024-06-30", "2024-07-01")


def test_data_that_end_early_are_warned_of_and_refused_beyond_the_limit():
    assert check_lag(history(), "2025-01-01", most_days=0, horizon_days=30) == ""
    assert "100 days before" in check_lag(history(), "2025-04-11", most_days=None, horizon_days=30)
    with pytest.raises(WindowError, match="max_lag_days"):
        check_lag(history(), "2025-01-03", most_days=1, horizon_days=30)


def test_a_day_on_the_cutoff_or_missing_was_not_known():
    """The one rule for single days: before, and never on."""
    days = pd.Series([19904, 19905, None], dtype="Int64")
    assert is_before(days, 19905).tolist() == [True, False, False]


def test_a_period_is_observed_when_its_last_day_is_in_the_log():
    assert is_observed(history(), Window("2024-10-03", 90))
    assert not is_observed(history(), Window("2024-10-03", 91))
