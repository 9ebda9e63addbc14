"""Who is on which list: groups that add up and reasons that do not overlap."""

from __future__ import annotations

import pandas as pd
import pytest

from crm_ml.reporting.summary import by_group, call_list, holdout_list, left_out, under_threat

from .lists import make_risk_list


@pytest.fixture(scope="module")
def table():
    return make_risk_list(500).table


def test_who_has_nothing_to_lose_is_not_under_threat(table):
    """One-time buyers are a group of their own, not churn; without any usual spend the band decides."""
    once = table.assign(threat="stops", expected_loss=0.0, risk_band="low")
    assert under_threat(once).empty
    counts = once.assign(risk_band=table["risk_band"])
    assert len(under_threat(counts)) == (table["risk_band"] != "low").sum()
    assert (
        len(under_threat(table.assign(threat="stops")))
        == ((table["expected_loss"] > 0) | (table["risk_band"] != "low")).sum()
    )


@pytest.mark.parametrize("capacity", [None, 1, 7, 1000])
def test_every_customer_under_threat_is_called_or_left_out_for_one_reason(table, capacity):
    """Nobody disappears between the sheets."""
    groups = [call_list(table, capacity), *left_out(table, capacity).values()]
    ids = pd.concat(groups)["customer_id"]
    assert ids.is_unique
    assert set(ids) == set(under_threat(table)["customer_id"])


def test_capacity_counts_customers_without_owner_as_one_owner(table):
    """Nobody's customers are not everybody's."""
    calls = call_list(table.assign(owner=pd.Series([None] * len(table), dtype="str")), 3)
    assert len(calls) == 3
    assert calls["rank"].tolist() == sorted(calls["rank"])


def test_unknown_permission_may_be_called_after_finding_out(table):
    """Empty is unknown, not no; the column says so on the call list."""
    assert call_list(table)["may_contact"].isna().any()
    assert call_list(table.assign(may_contact=pd.array([False] * len(table), dtype="boolean"))).empty


def test_holdout_is_whole(table):
    """The hold-out sheet holds the whole group, threatened or not."""
    assert (holdout_list(table)["contact_group"] == "holdout").all()
    assert len(holdout_list(table)) == (table["contact_group"] == "holdout").sum()


@pytest.mark.parametrize("column", ["risk_band", "threat", "owner", "segment", "since_last_list"])
def test_groups_add_up(table, column):
    """Totals by any column are the totals of the list."""
    groups = by_group(table, column)
    assert groups["customers"].sum() == len(table)
    assert groups["expected_loss"].sum() == pytest.approx(table["expected_loss"].sum())
    assert groups["expected_loss"].is_monotonic_decreasing


def test_groups_keep_the_given_order_and_unknown_values(table):
    """A value that nobody foresaw stands at the end, not nowhere."""
    odd = table.assign(risk_band=table["risk_band"].mask(table["rank"] == 1, "odd").mask(table["rank"] == 2))
    assert by_group(odd, "risk_band", ("high", "middle", "low"))["risk_band"].tolist() == [
        "high",
        "middle",
        "low",
        "",
        "odd",
    ]
