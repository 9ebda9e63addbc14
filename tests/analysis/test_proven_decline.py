"""Falls that are proven by the own past: found where planted, no more than chance where nothing changed."""

import numpy as np
import pandas as pd
import pytest

from crm_ml.analysis.retention.proven_decline import proven_decline
from crm_ml.base.exceptions import InputError
from crm_ml.data.reading import read_transactions


def bought(rates, days=720, seed=0, slow_after=None, slow=()):
    """Purchases at random; those of `slow` come a fifth as often after `slow_after`."""
    generator = np.random.default_rng(seed)
    rows = []
    for number, rate in enumerate(rates):
        when = np.flatnonzero(generator.random(days) < rate)
        if number in slow:
            keep = (when < slow_after) | (generator.random(len(when)) < 0.2)
            when = when[keep]
        rows += [(f"c{number:04d}", day) for day in (0, *when)]
    table = pd.DataFrame(rows, columns=["customer_id", "day"]).drop_duplicates()
    table["day"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(table["day"], unit="D")
    return read_transactions(table, customer_id="customer_id", timestamp="day")


def test_where_nobody_changed_no_more_are_found_than_by_chance():
    """The count by chance is exact, so the excess is noise."""
    table = proven_decline(bought([0.05] * 400), as_of="2024-12-21", levels=(0.05,)).table.iloc[0]
    assert table["customers_by_chance"] < 0.05 * 400  # counts are whole
    assert abs(table["customers_beyond_chance"]) < 3 * np.sqrt(table["customers_by_chance"])


def test_planted_falls_are_named_first_with_few_false_alarms():
    """Who buys a fifth as often in the last half year stands on top, with few false alarms."""
    slow = range(20)
    tx = bought([0.1] * 200, slow_after=540, slow=slow)
    result = proven_decline(tx, as_of="2024-12-21")
    named = result.tables["customers"]
    assert set(named["customer_id"].head(15)) <= {f"c{number:04d}" for number in slow}
    assert named["share_false"].is_monotonic_increasing
    assert named["share_false"].iloc[10] < 0.05
    assert (named["purchases_recent"] > 0).all()


def test_who_has_stopped_is_not_among_those_who_buy_less():
    """Silence is another fate, with its own list."""
    tx = bought([0.1] * 50)
    quiet = proven_decline(tx, as_of="2026-06-01")  # a year after the last purchase of anybody
    assert quiet.tables["customers"].empty
    assert quiet.table["customers_found"].sum() == 0


def test_a_level_must_be_a_probability():
    with pytest.raises(InputError):
        proven_decline(bought([0.1] * 5), levels=(1.5,))


def test_nobody_with_a_pattern_is_said():
    result = proven_decline(bought([0.0] * 5))
    assert result.table.empty
    assert result.warnings
