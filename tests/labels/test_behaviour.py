"""Stays, dries up, stops: every trigger by hand, and no look at how the market did in the horizon."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.data.normal import NormalSettings
from crm_ml.data.windows import Window
from crm_ml.labels.at_risk import label_at_risk
from crm_ml.labels.behaviour import STATES, behaviour, falling
from crm_ml.labels.drying_up import label_drying_up
from crm_ml.labels.settings import LabelSettings
from crm_ml.labels.stopped import label_stopped

from ..data.logs import log_of, steady_base, with_sector

PLAIN = LabelSettings(normal=NormalSettings(use_market_index=False), key_account_share=0.0, trend_periods=0)
WINDOW = Window(400, 100)


def buys(customer, days, amount=365.0):
    return [(customer, day, amount) for day in days]


@pytest.fixture
def tx():
    rows = []
    for customer in ("stays", "dries", "stops", "edge"):
        rows += buys(customer, range(0, 400, 20))  # 18 days in the baseline: 18 a day, 1800 in the horizon
    rows += buys("stays", range(400, 500, 20))
    rows += buys("dries", [410, 450])
    rows += buys("edge", [410, 450]) + buys("edge", [460], 900 - 730)
    rows += buys("casual", [100, 300]) + buys("casual", [405], 1.0)
    return log_of(rows, first=0, last=600)


def test_the_three_states_of_the_established_and_none_for_the_others(tx):
    state = label_at_risk(tx, WINDOW, PLAIN)
    assert state.drop("casual").to_dict() == {
        "stays": "stays",
        "dries": "dries_up",
        "stops": "stops",
        "edge": "stays",
    }
    assert pd.isna(state["casual"])
    assert state.cat.categories.tolist() == list(STATES)


def test_half_the_normal_is_not_below_half_the_normal(tx):
    table = behaviour(tx, WINDOW, PLAIN)
    assert table.loc["edge", "actual"] == table.loc["edge", "normal"] / 2 == 900 * 10_000
    assert not table.loc["edge", "level_drop"]


def test_drying_up_is_false_for_who_stops_and_missing_for_who_has_no_pattern(tx):
    drying = label_drying_up(tx, WINDOW, PLAIN)
    assert drying["dries"]
    assert not drying["stops"]
    assert not drying["stays"]
    assert pd.isna(drying["casual"])


def test_the_parts_add_up(tx):
    state = label_at_risk(tx, WINDOW, PLAIN)
    known = state.dropna().index
    assert ((state[known] == "stops") == label_stopped(tx, WINDOW)[known]).all()
    assert ((state[known] == "dries_up") == label_drying_up(tx, WINDOW, PLAIN)[known]).all()


def test_a_falling_trend_is_a_trigger_of_its_own():
    """Falling over four half-horizons while the level is still above half the normal."""
    rows = []
    for customer, amounts in {"less_and_less": (100, 80, 60, 45), "level": (70, 70, 70, 70)}.items():
        rows += buys(customer, range(0, 300, 25), 35.0)
        rows += [(customer, 325 + 50 * place, float(amount)) for place, amount in enumerate(amounts)]
    tx = log_of(rows, first=0, last=600)
    trend = LabelSettings(normal=NormalSettings(use_market_index=False), key_account_share=0.0)
    table = behaviour(tx, WINDOW, trend)
    assert table["falling_trend"].to_dict() == {"less_and_less": True, "level": False}
    assert not table["level_drop"].any()
    # 105 in the horizon against a normal of about 138: below normal and falling.
    assert table["state"].to_dict() == {"less_and_less": "dries_up", "level": "stays"}
    assert behaviour(tx, WINDOW, PLAIN)["state"].tolist() == ["stays", "stays"]


def test_who_falls_from_far_above_the_normal_to_above_the_normal_stays():
    rows = buys("fell", range(0, 300, 25), 5.0)
    rows += [("fell", 325 + 50 * place, amount) for place, amount in enumerate((900.0, 600.0, 400.0, 300.0))]
    table = behaviour(log_of(rows, first=0, last=600), WINDOW, LabelSettings(key_account_share=0.0))
    assert table.loc["fell", "falling_trend"]
    assert table.loc["fell", "actual"] > table.loc["fell", "normal"]
    assert table.loc["fell", "state"] == "stays"


def test_a_small_wobble_is_no_trend():
    assert falling(np.array([[90, 60, 40, 20], [90, 89, 88, 87], [90, 60, 60, 20]]), 0.5).tolist() == [
        True,
        False,
        False,
    ]


def test_a_key_account_is_called_at_a_smaller_fall():
    rows = []
    for customer, amount in {"key": 500.0, "other": 50.0}.items():
        rows += buys(customer, range(0, 400, 20), amount) + buys(customer, [410, 440, 470], amount)
    tx = log_of(rows, first=0, last=600)
    half = LabelSettings(
        normal=NormalSettings(use_market_index=False),
        key_account_share=0.01,
        key_account_delta=0.3,
        trend_periods=0,
    )
    assert label_at_risk(tx, WINDOW, half).to_dict() == {"key": "dries_up", "other": "stays"}
    assert label_at_risk(tx, WINDOW, PLAIN).to_dict() == {"key": "stays", "other": "stays"}


def test_a_market_that_shrank_before_the_cutoff_lowers_the_normal():
    rows = [row for row in steady_base(300) if row[1] < 610 or row[1] % 2]
    tx = log_of(rows, first=0, last=999)
    window = Window(700, 90)
    corrected = behaviour(tx, window)
    plain = behaviour(tx, window, LabelSettings(normal=NormalSettings(use_market_index=False)))
    assert (corrected["state"] == "dries_up").mean() < 0.6 * (plain["state"] == "dries_up").mean()


def test_a_customer_is_compared_with_the_market_of_the_own_sector():
    """One half of the base shrinks: its customers do not dry up, and the others are asked no less."""
    rows = steady_base(400)
    falls = {f"c{number:04d}" for number in range(0, 400, 2)}
    rows = [row for row in rows if row[0] not in falls or row[1] < 610 or row[1] % 2]
    plain, window = log_of(rows, first=0, last=999), Window(700, 90)
    told = with_sector(plain, {one: "falls" if one in falls else "steady" for one, _, _ in rows})
    dries = {
        name: behaviour(tx, window)["state"] == "dries_up" for name, tx in (("base", plain), ("own", told))
    }
    of_falling = dries["own"].index.isin(list(falls))
    assert dries["own"][of_falling].mean() < 0.8 * dries["base"][of_falling].mean()
    assert dries["own"][~of_falling].mean() > dries["base"][~of_falling].mean()


def test_the_normal_knows_nothing_of_the_horizon():
    rows = steady_base(100)
    halved = [(one, day, amount / 2 if day >= 700 else amount) for one, day, amount in rows]
    window = Window(700, 90)
    first, second = (behaviour(log_of(each, first=0, last=999), window) for each in (rows, halved))
    assert first["normal"].equals(second["normal"])
    assert (second["state"] == "dries_up").sum() > (first["state"] == "dries_up").sum()


def test_few_falls_of_a_base_that_does_not_change_are_significant():
    table = behaviour(log_of(steady_base(800)), Window(700, 90))
    assert 0.005 < table["significant_drop"].mean() <= 0.06


def test_order_of_rows_and_engine_change_nothing():
    rows = steady_base(60)
    shuffled = [rows[place] for place in np.random.default_rng(1).permutation(len(rows))]
    window = Window(700, 90)
    plain = behaviour(log_of(rows), window)
    pd.testing.assert_frame_equal(plain, behaviour(log_of(shuffled), window))
    pd.testing.assert_frame_equal(plain, behaviour(log_of(rows, engine="polars"), window))
