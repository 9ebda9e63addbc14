"""Next-period classes: borders from before the cutoff, everybody labelled, newcomers included."""

from __future__ import annotations

import pytest

from crm_ml.base.exceptions import WindowError
from crm_ml.classes.pyramid import PYRAMID
from crm_ml.classes.rfm_scores import SEGMENTS
from crm_ml.classes.tiers import TIERS
from crm_ml.data.windows import Window
from crm_ml.labels.segment import label_segment
from crm_ml.labels.settings import LabelSettings

from ..data.logs import log_of, steady_base

WINDOW = Window(200, 100)
KINDS = {"pyramid": PYRAMID, "tier": TIERS, "rfm": (*SEGMENTS, "inactive")}


def base():
    """A hundred customers who spent 1 … 100 just before the cutoff."""
    return [(f"c{number:03d}", 150, float(number)) for number in range(1, 101)]


def test_the_borders_are_those_of_the_period_before_the_cutoff():
    rows = [*base(), ("c001", 250, 100.0), ("c002", 250, 99.5), ("c003", 250, 90.0), ("c100", 250, 2.0)]
    rows += [("c004", 199, 30.0), ("c050", 300, 500.0)]
    label = label_segment(log_of(rows, first=0, last=400), WINDOW)
    expected = {"c001": "top", "c002": "large", "c003": "medium", "c100": "small", "c050": "inactive"}
    assert label[list(expected)].to_dict() == expected


def test_how_others_do_in_the_horizon_changes_nobodys_class():
    own = [("c001", 250, 50.0)]
    others = [(f"c{number:03d}", 260, 1000.0) for number in range(2, 101)]
    tx = [log_of([*base(), *own, *more], first=0, last=400) for more in ([], others)]
    assert label_segment(tx[0], WINDOW)["c001"] == label_segment(tx[1], WINDOW)["c001"]


def test_who_has_just_arrived_can_become_a_top_customer_and_who_comes_later_has_no_label():
    rows = [*base(), ("new", 199, 1.0), ("new", 210, 400.0), ("later", 201, 400.0)]
    label = label_segment(log_of(rows, first=0, last=400), WINDOW)
    assert label["new"] == "top"
    assert "later" not in label.index


def test_spending_nothing_on_balance_is_inactive():
    rows = [*base(), ("c001", 250, 50.0), ("c001", 260, -50.0), ("c002", 250, -5.0)]
    label = label_segment(log_of(rows, first=0, last=400), WINDOW)
    assert label["c001"] == label["c002"] == "inactive"


def test_a_short_history_is_stretched_to_the_horizon():
    """Fifty days of history before a horizon of a hundred: twice the money makes the class."""
    rows = [(f"c{number:03d}", 10, float(number)) for number in range(1, 101)]
    tx = log_of([*rows, ("c001", 60, 170.0), ("c002", 60, 200.0)], first=0, last=400)
    assert label_segment(tx, Window(50, 100))[["c001", "c002"]].tolist() == ["medium", "top"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_known_customer_has_one_of_the_classes(kind):
    tx = log_of(steady_base(300, 400), first=0, last=399)
    label = label_segment(tx, WINDOW, LabelSettings(segment=kind))
    assert label.notna().all()
    assert label.index.is_monotonic_increasing
    assert label.cat.categories.tolist() == list(KINDS[kind])
    assert label.nunique() >= 3


@pytest.mark.parametrize("kind", KINDS)
def test_counts_alone_are_enough(kind):
    rows = [(one, day, 1.0) for one, day, _ in steady_base(100, 400)]
    tx = log_of(rows, money=False, first=0, last=399)
    assert label_segment(tx, WINDOW, LabelSettings(segment=kind)).notna().all()


def test_an_unobserved_window_is_refused():
    with pytest.raises(WindowError):
        label_segment(log_of(base(), first=0, last=250), WINDOW)
