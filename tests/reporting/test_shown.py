"""Cells as text: kinds read off rightly, every kind written for its reader."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crm_ml.reporting.shown import ShownColumn, kind_of, shown_table


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("share_revenue", [0.2, 0.8], "probability"),
        ("retention_rate", [0.2, None], "probability"),
        ("p_stopped", [0.2], "probability"),
        ("hourly_rate", [114.29], "number"),
        ("price", [0.5], "number"),
        ("customers", [3, 4], "int"),
        ("flag", [True, False], "bool"),
        ("day", [dt.date(2024, 1, 1), None], "date"),
        ("month", pd.to_datetime(["2024-01-01"]), "date"),
        ("class", ["A", None], "text"),
        ("nothing", [None, None], "text"),
    ],
)
def test_kinds_are_read_off_name_and_type(name, values, kind):
    """€114.29 an hour is a rate, but no percentage."""
    assert kind_of(name, pd.Series(values)) == kind


def test_cells_are_written_for_the_reader():
    """Dutch marks, missing cells empty, codes in words."""
    table = pd.DataFrame(
        {
            "risk_band": ["high", None],
            "expected_loss": [1234.5, None],
            "p_stopped": [0.256, None],
            "n": [1234, 5],
            "last_purchase": [dt.date(2024, 3, 2), None],
            "may_contact": pd.array([True, None], dtype="boolean"),
            "index": [0.12345, 12.0],
        }
    )
    kinds = ("code", "money", "probability", "int", "date", "bool", "number")
    columns = [ShownColumn(name, name, kind) for name, kind in zip(table, kinds, strict=True)]
    shown = shown_table(table, columns, "nl", currency="EUR")
    assert shown.rows[0] == ("hoog", "€ 1.234", "26%", "1.234", "2 maart 2024", "ja", "0,123")
    assert shown.rows[1] == ("", "", "", "5", "", "", "12")


def test_rows_left_out_are_counted():
    """A shortened table says so."""
    shown = shown_table(pd.DataFrame({"a": range(2000)}), [ShownColumn("a", "a", "int")], "en", most=3)
    assert len(shown.rows) == 3
    assert shown.note == "and 1,997 more rows"
