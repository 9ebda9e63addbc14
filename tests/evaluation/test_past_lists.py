"""Reading earlier lists: exported dates and flags in every spelling that an export has."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.evaluation.past_lists import comparable, window_of


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "customer_id": [3, 1, 2, 4],
            "contact_group": ["contact", "holdout", "contact", None],
            "as_of": "2011-06-01",
            "horizon_days": 90,
        }
    )


def test_customers_come_by_id_without_those_of_neither_group(table):
    assert comparable(table, set())["customer_id"].tolist() == [1, 2, 3]
    assert comparable(table, {"2"})["customer_id"].tolist() == [1, 3]


def test_a_list_whose_threat_and_consent_are_known_is_narrowed(table):
    table["threat"] = ["stops", "none", "buys less", "stops"]
    assert comparable(table, set())["customer_id"].tolist() == [2, 3]
    table["may_contact"] = [False, True, None, True]
    assert comparable(table, set())["customer_id"].tolist() == [2]


@pytest.mark.parametrize("day", ["2011-06-01", dt.date(2011, 6, 1), pd.Timestamp("2011-06-01")])
def test_the_window_of_a_list(table, day):
    window = window_of(table.assign(as_of=day))
    assert (window.cutoff, window.horizon_days) == (dt.date(2011, 6, 1), 90)


def test_missing_columns_and_several_periods_are_refused(table):
    with pytest.raises(ColumnError, match="as_of"):
        comparable(table.drop(columns="as_of"), set())
    with pytest.raises(InputError):
        window_of(table.assign(horizon_days=[30, 30, 60, 60]))
