"""The list of a campaign: who is reached, who is held out, who is left alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.texts import LANGUAGES
from crm_ml.prediction.contact import ContactSettings
from crm_ml.prediction.uplift_list import UPLIFT_LIST, column_text, uplift_list

CONSTANTS = {"ranking": "uplift", "basis": "", "currency": "", "as_of": "2024-01-01", "horizon_days": 14}
SCORES = pd.DataFrame(
    {"contact_value": np.linspace(-1, 3, 400)}, index=[f"k{number:03d}" for number in range(400)]
)


def made(**options):
    return uplift_list(SCORES, ContactSettings(), CONSTANTS, **options)


def test_columns_order_and_ranks():
    table = made()
    assert list(table.columns) == [one.name for one in UPLIFT_LIST]
    assert table["rank"].tolist() == list(range(1, 401))
    assert table["contact_value"].is_monotonic_decreasing


def test_only_who_is_worth_it_is_reached_and_a_draw_holds_some_out():
    table = made()
    assert (table["contact_group"] == "none").equals(table["contact_value"] <= 0)
    assert 15 <= (table["contact_group"] == "holdout").sum() <= 45


@pytest.mark.parametrize("budget", [0.0, 0.1, 0.5, 1.0])
def test_the_budget_takes_the_first(budget):
    table = made(budget=budget)
    reached = table["contact_group"] != "none"
    assert reached.sum() == min(round(budget * 400), (table["contact_value"] > 0).sum())
    assert reached.is_monotonic_decreasing


def test_the_hold_out_lies_in_the_stretch_that_owners_reach():
    """Otherwise the control group would be of worse customers than the contacted."""
    accounts = pd.DataFrame({"owner": ["a", "b"] * 200}, index=SCORES.index)
    table = made(accounts=accounts, capacity=30)
    for _, rows in table.groupby("owner"):
        contacted = rows[rows["contact_group"] == "contact"]
        assert len(contacted) == 30
        assert rows.loc[rows["contact_group"] == "holdout", "rank"].max() <= contacted["rank"].max() + 4


def test_who_may_not_be_contacted_or_is_suppressed():
    accounts = pd.DataFrame({"may_contact": [False] * 400}, index=SCORES.index).astype("boolean")
    assert set(made(accounts=accounts)["contact_group"]) == {"none"}
    assert len(made(suppressed=list(SCORES.index[:7]))) == 393


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_has_a_name_and_a_meaning(language):
    for column in UPLIFT_LIST:
        assert column_text(column, language)
        assert column_text(column, language, meaning=True)
