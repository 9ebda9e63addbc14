"""Whole parts of a total."""

import numpy as np
import pytest

from crm_ml.analysis.apportion import apportion
from crm_ml.base.exceptions import InputError


def test_equal_remainders_go_to_the_first():
    assert apportion(2, [1, 1, 1]).tolist() == [1, 1, 0]


def test_zero_weights_count_as_equal():
    assert apportion(3, [0, 0, 0]).tolist() == [1, 1, 1]


def test_a_capped_part_leaves_the_others_in_proportion():
    parts = apportion(1000, [90, 6, 3, 1], caps=[500, 1000, 1000, 1000])
    assert parts.tolist() == [500, 300, 150, 50]


def test_huge_totals_still_add_up():
    weights = np.random.default_rng(1).uniform(0, 1, 1000)
    assert apportion(10**15 + 7, weights).sum() == 10**15 + 7


@pytest.mark.parametrize(("floors", "caps"), [([6, 6], None), (None, [4, 4]), ([5, 0], [4, 20])])
def test_bounds_without_room_are_refused(floors, caps):
    with pytest.raises(InputError, match="leave no room"):
        apportion(10, [1, 1], floors=floors, caps=caps)


def test_negative_weights_are_refused():
    with pytest.raises(InputError, match="not negative"):
        apportion(10, [1, -1])
