"""What happened in the horizon: the one rule, and no label for what nobody saw."""

from __future__ import annotations

import pytest

from crm_ml.base.exceptions import WindowError
from crm_ml.data.windows import Window
from crm_ml.labels.outcome import outcome
from crm_ml.labels.stopped import label_stopped
from crm_ml.labels.value import label_value

from ..data.logs import log_of

ROWS = [
    ("on_cutoff", 5, 10.0),
    ("on_cutoff", 100, 7.0),
    ("on_end", 5, 10.0),
    ("on_end", 130, 7.0),
    ("last_day", 5, 10.0),
    ("last_day", 129, 7.0),
    ("returns_only", 5, 10.0),
    ("returns_only", 110, -4.0),
    ("newcomer", 110, 5.0),
    ("never_bought", 50, -5.0),
    ("never_bought", 111, 5.0),
    ("twice", 5, 10.0),
    ("twice", 110, 1.5),
    ("twice", 110, 2.5),
    ("twice", 111, -1.0),
]
WINDOW = Window(100, 30)


@pytest.fixture
def tx():
    return log_of(ROWS, first=0, last=200)


def test_a_row_exactly_on_the_cutoff_is_future_and_one_on_the_end_is_not_seen(tx):
    stopped = label_stopped(tx, WINDOW)
    assert stopped.to_dict() == {
        "last_day": False,
        "on_cutoff": False,
        "on_end": True,
        "returns_only": True,
        "twice": False,
    }


def test_labels_cover_who_bought_before_the_cutoff_sorted_and_nobody_else(tx):
    for label in (label_stopped(tx, WINDOW), label_value(tx, WINDOW)):
        assert label.index.tolist() == ["last_day", "on_cutoff", "on_end", "returns_only", "twice"]
        assert label.index.name == "customer_id"
    assert str(label_stopped(tx, WINDOW).dtype) == "boolean"
    assert str(label_value(tx, WINDOW).dtype) == "Float64"


def test_value_is_money_in_the_horizon_with_returns_subtracted(tx):
    assert label_value(tx, WINDOW).to_dict() == {
        "last_day": 7.0,
        "on_cutoff": 7.0,
        "on_end": 0.0,
        "returns_only": -4.0,
        "twice": 3.0,
    }


def test_without_amounts_value_counts_purchase_days():
    tx = log_of([(one, day, abs(amount)) for one, day, amount in ROWS], money=False, first=0, last=200)
    assert label_value(tx, WINDOW)["twice"] == 2.0


def test_two_purchases_on_a_day_are_one_purchase_day(tx):
    assert outcome(tx, WINDOW).loc["twice", "purchases"] == 1


@pytest.mark.parametrize("window", [Window(180, 30), Window(0, 30)])
def test_an_unobserved_window_is_refused_never_labelled_no(tx, window):
    with pytest.raises(WindowError):
        label_stopped(tx, window)


def test_the_last_possible_window_is_accepted(tx):
    assert len(label_stopped(tx, Window(171, 30))) == 7
