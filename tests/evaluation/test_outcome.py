"""What the list brought: planted effects are found, luck is not called an effect, and too early is said."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.evaluation.outcome import OutcomeSettings, list_outcome

from ..data.logs import log_of

AS_OF = dt.date(1971, 1, 1)  # day 365
FAST = OutcomeSettings(replicates=200)


def campaign(n=2000, effect=0.0, held=0.3, seed=0, cutoff=365):
    """A list and the purchases after it; a contact adds `effect` to what a customer spends."""
    random = np.random.default_rng(seed)
    expected = random.gamma(2.0, 20.0, n).round(2)
    ids = [f"c{place:05d}" for place in range(n)]
    group = np.where(random.random(n) < held, "holdout", "contact")
    table = pd.DataFrame(
        {
            "customer_id": ids,
            "contact_group": group,
            "as_of": AS_OF,
            "horizon_days": 90,
            "threat": np.where(np.arange(n) % 2, "stops", "buys less"),
            "may_contact": pd.array([None] * n, dtype="boolean"),
            "expected_spend": expected,
            "expected_loss": 2 * expected,
        }
    )
    spent = np.maximum(expected + effect * (group == "contact") + random.normal(0, 5, n), 0.01).round(2)
    rows = [(one, 100, 10.0) for one in ids]
    rows += [(one, cutoff + 40, amount) for one, amount in zip(ids, spent, strict=True)]
    return table, rows


def judged(table, rows, **options):
    options = {"settings": FAST, **options}
    result = list_outcome(table, log_of(rows, first=0, last=600), **options)
    return result, result.table.iloc[0]


def test_a_planted_effect_is_found_with_its_money():
    result, row = judged(*campaign(effect=3.0))
    assert row["verdict"] == "brought_money"
    assert row["difference"] == pytest.approx(3.0, abs=1.0)
    assert row["low"] < row["difference"] < row["high"]
    assert row["brought"] == pytest.approx(row["difference"] * row["contacted"])
    assert result.n == 2000


def test_a_contact_that_drives_customers_away_is_told():
    assert judged(*campaign(effect=-3.0))[1]["verdict"] == "cost_money"


def test_without_an_effect_none_is_called_one_more_often_than_promised():
    settings = OutcomeSettings(replicates=100, level=0.9)
    verdicts = [judged(*campaign(200, seed=seed), settings=settings)[1]["verdict"] for seed in range(15)]
    assert verdicts.count("not_shown") >= 10


def test_knowing_what_was_expected_makes_the_interval_narrower():
    table, rows = campaign(effect=3.0)
    _, adjusted = judged(table, rows)
    _, plain = judged(table.drop(columns="expected_spend"), rows)
    assert adjusted["high"] - adjusted["low"] < 0.6 * (plain["high"] - plain["low"])


def test_before_the_horizon_has_passed_nothing_is_judged():
    table, rows = campaign(200)
    result = list_outcome(table, log_of(rows, first=0, last=453), settings=FAST)
    assert result.table.loc[0, "verdict"] == "too_early"
    assert "not passed" in result.warnings[0]
    assert (
        list_outcome(table, log_of(rows, first=0, last=454), settings=FAST).table.loc[0, "verdict"]
        != "too_early"
    )


def test_too_few_held_out_is_said_with_the_number_needed():
    result, row = judged(*campaign(100, held=0.1))
    assert row["verdict"] == "too_small"
    assert "30 of each" in result.warnings[0]
    assert judged(*campaign(effect=1.0))[1]["needed_held_out"] > 0


def test_only_those_who_were_to_be_called_are_compared():
    """Nobody under no threat, who may not be contacted, or who could never be held out."""
    table, rows = campaign(1000)
    table.loc[:99, "threat"] = "none"
    table["may_contact"] = pd.array(
        [False if 100 <= place < 200 else None for place in range(1000)], dtype="boolean"
    )
    exempt = table["customer_id"].iloc[200:300].tolist()
    _, row = judged(table, rows, exempt=exempt)
    assert row["contacted"] + row["held_out"] == 700


def test_how_well_the_list_was_followed_is_reported_and_changes_nothing():
    table, rows = campaign(500, effect=2.0)
    called = table.loc[table["contact_group"] == "contact", "customer_id"].iloc[::2]
    _, with_calls = judged(table, rows, called=called.tolist())
    assert with_calls["followed"] == pytest.approx(0.5, abs=0.01)
    assert with_calls["difference"] == judged(table, rows)[1]["difference"]


def test_several_lists_are_judged_each_and_together():
    first, rows = campaign(1500, effect=2.0)
    second, more = campaign(1500, effect=2.0, seed=1, cutoff=465)
    second["as_of"] = AS_OF + dt.timedelta(days=100)
    result = list_outcome([first, second], log_of(rows + more, first=0, last=700), settings=FAST)
    each, whole = result.table.iloc[:2], result.table.iloc[2]
    assert whole["list"] == "together"
    assert whole["brought"] == pytest.approx(each["brought"].sum())
    assert whole["brought_high"] - whole["brought_low"] < (each["brought_high"] - each["brought_low"]).sum()


def test_customers_who_left_the_log_are_counted_as_lost_and_told():
    table, rows = campaign(500)
    result, _ = judged(table, [row for row in rows if row[0] != "c00007"])
    assert "1 customers not in the log" in result.warnings[0]


def test_a_list_without_its_columns_or_with_two_dates_is_refused():
    table, rows = campaign(200)
    with pytest.raises(ColumnError, match="contact_group"):
        judged(table.drop(columns="contact_group"), rows)
    with pytest.raises(InputError, match="one date"):
        judged(table.assign(as_of=["1971-01-01", "1971-01-02"] * 100), rows)


def test_order_of_rows_changes_nothing_and_dates_may_be_text():
    table, rows = campaign(400, effect=1.0)
    shuffled = table.sample(frac=1, random_state=0).assign(as_of="1971-01-01")
    assert judged(table, rows)[1].to_dict() == pytest.approx(judged(shuffled, rows)[1].to_dict(), nan_ok=True)
