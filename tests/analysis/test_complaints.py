"""Complaints, silent leavers and exit reasons: hand-checked, and what must hold for any table."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_ml.analysis.complaints.concentration import complaint_concentration
from crm_ml.analysis.complaints.exit_reasons import exit_reasons
from crm_ml.analysis.complaints.kinds import complaint_causes, complaint_kinds
from crm_ml.analysis.complaints.leavers import retention_after_complaint, silent_leavers
from crm_ml.analysis.complaints.prevention import prevention_minimum
from crm_ml.analysis.complaints.reach import complaint_reach
from crm_ml.analysis.complaints.records import read_complaints
from crm_ml.analysis.complaints.times import complaint_times
from crm_ml.base.exceptions import InputError
from crm_ml.data.optional_tables import COMPLAINT_KINDS


def complaints(rows):
    return pd.DataFrame(rows, columns=["customer_id", "opened", "closed", "kind", "cause", "cost"])


EXAMPLE = complaints(
    [
        ("a", "2024-01-01", "2024-01-04", "founded", "late", 10),
        ("a", "2024-02-01", "2024-03-01", "founded", "late", 30),
        ("b", "2024-04-02", None, "goodwill", "late", 20),
        (None, "2024-04-05", None, "vexatious", "rude", None),
    ]
)


def test_what_was_in_time_depends_on_the_reference_date():
    handled = read_complaints(EXAMPLE, as_of="2024-04-10")[0]["handled"].tolist()
    assert handled == ["in_time", "late", "running", "running"]
    assert read_complaints(EXAMPLE, as_of="2024-06-01")[0]["handled"].tolist() == ["in_time"] + ["late"] * 3
    early, notes = read_complaints(EXAMPLE, as_of="2024-02-10")
    assert early["handled"].tolist() == ["in_time", "running"]
    assert notes[0].said("nl").startswith("2 rijen van de klachtentabel")


def test_a_complaint_resolved_before_it_came_in_is_refused_with_its_row():
    wrong = EXAMPLE.assign(closed=["2024-01-04", "2024-01-01", None, None])
    with pytest.raises(InputError, match="such as 2"):
        read_complaints(wrong)


def test_an_unknown_kind_is_refused_with_its_row_and_the_known_ones():
    with pytest.raises(InputError, match=r"kind not one of founded, .* in row 3"):
        read_complaints(EXAMPLE.assign(kind=["founded", "founded", "angry", "founded"]))


def test_kinds_by_hand():
    table = complaint_kinds(EXAMPLE, as_of="2024-04-10").table.set_index("complaint_kind")
    founded = table.loc["founded"]
    assert (founded["complaints"], founded["cost"], founded["repeated"]) == (2, 40, 1)
    assert founded["median_resolution_days"] == 16
    assert founded["share_resolved_in_time"] == 0.5
    assert table["share"].sum() == 1
    assert table["share_cost"].sum() == pytest.approx(1)
    assert pd.isna(table.loc["goodwill", "share_resolved_in_time"])


def test_the_main_causes_are_the_smallest_set():
    rows = [("a", "2024-01-01", None, "founded", cause, 1) for cause in "xxxxxxyyzw"]
    table = complaint_causes(complaints(rows)).table
    assert table["cause"].tolist() == ["x", "y", "w", "z"]
    assert table["main"].tolist() == [True, True, False, False]
    assert table["cumulative_share"].tolist() == pytest.approx([0.6, 0.8, 0.9, 1.0])


def test_times_by_quarter_add_up():
    result = complaint_times(EXAMPLE, as_of="2024-04-10")
    assert result.table["period"].tolist() == ["2024 Q1", "2024 Q2"]
    assert result.table[["resolved", "still_open"]].to_numpy().sum() == 4
    assert result.figures["median_resolution_days"] == 16


def test_concentration_tells_former_and_unknown_customers_apart():
    found = complaint_concentration(EXAMPLE, pd.Index(list("acdef")), pd.Index(list("abcdef")))
    assert found.figures["top_20_share_of_complaints"] == 1.0
    assert found.table["complaints"].tolist() == [0, 0, 2, 0]
    assert found.table["customers"].sum() == 5
    assert found.warnings == ("1 customers of the complaints table bought nothing in the last period",)


def test_reach_is_an_assumption_and_says_so():
    result = complaint_reach(EXAMPLE, spread=20, silent=26)
    assert result.table["amount"].tolist() == [4, 80, 104, 2080]
    assert "assumptions" in result.warnings[0]
    with pytest.raises(InputError):
        complaint_reach(EXAMPLE, spread=-1)


def levels(prevention, repair, **more):
    names = [f"l{number}" for number in range(len(prevention))]
    return pd.DataFrame({"level": names, "prevention_cost": prevention, "repair_cost": repair} | more)


def test_the_cost_minimum_needs_three_levels():
    assert prevention_minimum(levels([1, 2], [9, 4])).table.empty
    assert prevention_minimum(levels([1, 2, 2], [9, 4, 5])).table.empty
    inside = prevention_minimum(levels([4, 1, 2], [3, 9, 4]))
    assert inside.table.loc[inside.table["minimum"], "level"].tolist() == ["l2"]
    assert inside.warnings == ()


def test_a_minimum_at_the_end_of_what_was_seen_warns():
    assert "end" in prevention_minimum(levels([1, 2, 3], [1, 1, 1])).warnings[0]


def test_levels_are_compared_by_unit_when_their_volume_is_known():
    found = prevention_minimum(levels([10, 2, 3], [90, 4, 1], volume=[100, 1, 1])).table
    assert found.loc[found["minimum"], "level"].tolist() == ["l0"]


def test_a_tie_goes_to_the_least_prevention():
    found = prevention_minimum(levels([1, 2, 3], [5, 4, 5])).table
    assert found["minimum"].tolist() == [True, False, False]


def test_silent_leavers_by_hand(two_years):
    table = complaints([("stopper", "2020-06-01", "2020-06-02", "founded", "late", 1)])
    found = silent_leavers(two_years, table, as_of="2022-01-01").table.set_index("handled")
    assert found["customers"].to_dict() == {"no_complaint": 0, "complained": 1}
    assert found.loc["complained", "lost_value"] == 60
    silent = silent_leavers(two_years, table.assign(customer_id="same"), as_of="2022-01-01").table
    assert silent["share_customers"].tolist() == [1.0, 0.0]


def test_complaints_after_the_two_periods_do_not_count(two_years):
    table = complaints([("stopper", "2022-06-01", None, "founded", "late", 1)])
    found = silent_leavers(two_years, table, as_of="2022-01-01")
    assert found.table["customers"].tolist() == [1, 0]
    assert "reference date" in found.warnings[0]


def test_retention_after_a_complaint_by_hand(two_years):
    rows = [
        ("grower", "2020-03-01", "2020-03-05", "founded", "late", 1),
        ("shrinker", "2020-03-01", "2020-03-05", "founded", "late", 1),
        ("stopper", "2020-03-01", "2020-06-05", "founded", "late", 1),
        ("shrinker", "2020-04-01", "2020-04-02", "founded", "late", 1),
    ]
    result = retention_after_complaint(two_years, complaints(rows), as_of="2022-01-01")
    table = result.table.set_index("handled")
    assert table["customers"].to_dict() == {"no_complaint": 1, "in_time": 2, "late": 1}
    assert table["retention_rate"].to_dict() == {"no_complaint": 1.0, "in_time": 1.0, "late": 0.0}
    assert result.figures["in_time_minus_late"] == 1.0
    assert "not a cause" in result.warnings[0]


def test_of_several_complaints_the_worst_counts(two_years):
    rows = [
        ("grower", "2020-03-01", "2020-03-05", "founded", "late", 1),
        ("grower", "2020-03-01", "2020-09-05", "founded", "late", 1),
        ("same", "2020-07-01", "2020-07-05", "founded", "late", 1),
    ]
    table = retention_after_complaint(two_years, complaints(rows), as_of="2022-01-01").table
    assert table["customers"].tolist() == [2, 1, 1]


def test_without_late_complaints_there_is_nothing_to_compare(two_years):
    rows = [("grower", "2020-03-01", "2020-03-05", "founded", "late", 1)]
    result = retention_after_complaint(two_years, complaints(rows), as_of="2022-01-01")
    assert result.table.empty
    assert "late one" in result.warnings[0]


def test_exit_reasons_weigh_by_lost_value():
    table = pd.DataFrame(
        {"customer_id": ["a", "a", "b", "c"], "reason": ["price", "moved", "price", "indifference"]}
    )
    values = pd.Series({"a": 10.0, "b": 20.0, "c": 70.0})
    result = exit_reasons(table, values)
    found = result.table.set_index("reason")
    assert found["lost_value"].to_dict() == {"indifference": 70, "price": 30, "moved": 10}
    assert found["share_lost_value"].sum() == pytest.approx(1.1)
    assert found.loc["price", "share_customers"] == pytest.approx(2 / 3)
    assert result.figures["reasons_each"] == pytest.approx(4 / 3)


def test_a_stated_value_goes_before_revenue_and_unknown_customers_are_counted():
    table = pd.DataFrame({"customer_id": ["a", "x"], "reason": "price", "lost_value": [5.0, None]})
    result = exit_reasons(table, pd.Series({"a": 99.0}), pd.Index(["a"]))
    assert result.table["lost_value"].tolist() == [5.0]
    assert any("without a known value" in said for said in result.warnings)
    assert any("not in the transactions" in said for said in result.warnings)


@pytest.mark.parametrize(
    "function", [complaint_kinds, complaint_causes, complaint_times, complaint_reach, exit_reasons]
)
def test_nothing_known_says_so(function):
    assert "missing" in function(None).warnings[0]
    columns = ["customer_id", "opened", "reason"]
    empty = function(pd.DataFrame([], columns=columns, dtype="object"))
    assert empty.table.empty
    assert empty.warnings


days = st.integers(0, 700)
complaint = st.tuples(st.sampled_from("abc"), days, st.none() | days, st.sampled_from(COMPLAINT_KINDS))


@settings(max_examples=40, deadline=None)
@given(st.lists(complaint, min_size=1, max_size=30), st.integers(1, 60))
def test_every_complaint_is_counted_once(rows, norm):
    start = pd.Timestamp("2022-01-01")
    table = pd.DataFrame(
        {
            "customer_id": [who for who, *_ in rows],
            "opened": [start + pd.Timedelta(days=day) for _, day, _, _ in rows],
            "closed": [
                pd.NaT if took is None else start + pd.Timedelta(days=day + took) for _, day, took, _ in rows
            ],
            "kind": [kind for *_, kind in rows],
            "cost": 2.0,
        }
    )
    kinds = complaint_kinds(table, norm_days=norm).table
    causes = complaint_causes(table, norm_days=norm)
    times = complaint_times(table, norm_days=norm).table
    assert kinds["complaints"].sum() == causes.table["complaints"].sum() == len(rows)
    assert times["complaints"].sum() == times[["resolved", "still_open"]].to_numpy().sum() == len(rows)
    assert kinds["cost"].sum() == pytest.approx(2 * len(rows))
    assert np.isclose(causes.table["cumulative_share"].iloc[-1], 1)
    assert kinds["repeated"].sum() == len(rows) - table["customer_id"].nunique()
