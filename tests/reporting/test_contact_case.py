"""The worth of the call list is never told under one save rate alone."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from crm_ml.reporting.contact_case import contact_case, contact_sentences

META = {
    "save_rate_low": 0.05,
    "save_rate": 0.1,
    "save_rate_high": 0.2,
    "contact_cost": 2.0,
    "currency": "EUR",
}


def table(*values, group="contact"):
    rows = pd.DataFrame({"contact_value": list(values)}).assign(contact_group=group, threat="stops")
    return rows.assign(risk_band="high", expected_loss=9.0, may_contact=True, owner="Ann")


def test_parts_add_up_and_capacity_limits():
    """8 + 3 at ten per cent are stakes of 100 and 50; one call an owner leaves the first."""
    case = contact_case([table(8.0), table(3.0), table(99.0, group="holdout")], META)
    assert case == {
        "calls": 2,
        "save_rate_low": pytest.approx(3.5),
        "save_rate": pytest.approx(11.0),
        "save_rate_high": pytest.approx(26.0),
        "break_even": pytest.approx(4 / 150),
    }
    assert contact_case([table(8.0), table(3.0)], META, capacity=1)["calls"] == 1


def test_said_in_both_languages():
    """The assumption is called one, the other rates and the break-even stand beside it."""
    english, pays = contact_sentences([table(8.0, 3.0)], META, "en")
    assert "an assumption" in english
    assert pays == "The contacts pay for themselves from 2.7% staying"
    assert "een aanname" in contact_sentences([table(8.0)], META, "nl")[0]
    free = {**META, "contact_cost": 0.0}
    assert len(contact_sentences([table(8.0)], free, "en")) == 1


def test_nothing_is_said_without_calls_or_assumptions():
    """An old list does not say what it assumed; nobody to call is worth nothing."""
    assert contact_sentences([table()], META, "en") == []
    assert contact_case([table(8.0)], {"currency": ""}) == {}
    assert math.isnan(contact_case([table()], META)["break_even"])
