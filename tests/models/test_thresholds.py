"""Thresholds are numbers that a person would choose, and separate the same customers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_ml.models.thresholds import gap, roundest, written


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (2, 3, 2.0),
        (87, 93, 90.0),
        (0.4871, 0.5204, 0.5),
        (-1, 4, 0.0),
        (1234.5, 1239.9, 1235.0),
        (12345, 12999, 12500.0),
        (0.0003, 0.0004, 0.0003),
        (-93, -87, -90.0),
    ],
)
def test_known_gaps(low, high, expected):
    """Fewest digits first; whole numbers for counts."""
    assert roundest(low, high) == expected


@given(
    st.floats(-1e9, 1e9, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-9),
    st.floats(1e-6, 1e6),
)
def test_the_threshold_lies_in_the_gap(low, width):
    """low ≤ t < high, so that `x <= t` splits as before."""
    high = low + width
    if high > low:
        assert low <= roundest(low, high) < high


def test_slack_moves_at_most_that_share_of_rows():
    """1 % of 1,000 rows on either side."""
    values = np.arange(1000.0)
    low, high = gap(values, 503.0)
    assert (low, high) == (493.0, 514.0)
    assert gap(np.array([np.nan, 1.0, 2.0]), 1.5, slack=0) == (1.0, 2.0)
    assert gap(values, 5000.0) == (5000.0, 5000.0)


@pytest.mark.parametrize(
    ("number", "en", "nl"),
    [(0.5, "0.5", "0,5"), (1000.0, "1,000", "1.000"), (1234.567, "1,234.57", "1.234,57"), (-3.0, "−3", "−3")],
)
def test_numbers_are_written_as_the_language_does(number, en, nl):
    """A Dutch reader takes 1,000 for one."""
    assert written(number) == en
    assert written(number, "nl") == nl
