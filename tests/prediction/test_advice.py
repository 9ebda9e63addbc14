"""Advice: something for everybody, in both languages, honest about what it is."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from crm_ml.base.texts import LANGUAGES
from crm_ml.classes.rfm_scores import SEGMENTS
from crm_ml.prediction.advice import advice_for, advice_table
from crm_ml.prediction.columns import RISK_BANDS, THREATS

SHARP = (
    "terrorist",
    "chicaneur",
    "energy sucker",
    "energievreter",
    "dump",
    "afstoten",
    "waardeloos",
    "worthless",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_case_has_advice_that_says_it_is_untested(language):
    """An effect that nobody measured must not look like one."""
    cases = pd.DataFrame(
        list(itertools.product(THREATS, RISK_BANDS, ["champions", "lost", "unheard of", ""]))
    )
    advice = advice_for(cases[0], cases[1], cases[2], language=language)
    marker = {"nl": "effect niet getoetst", "en": "effect not tested"}[language]
    assert advice["advice"].str.contains(marker).all()
    assert advice["advice"].str.len().between(40, 250).all()


def test_less_attention_needs_a_person():
    """A list never dismisses a customer on its own."""
    one = advice_for(pd.Series(["stops"]), pd.Series(["middle"]), pd.Series(["lost"]))
    assert one["human_review_required"].tolist() == [True]
    assert all(row.review for row in advice_table() if "judge" in row.en)
    other = advice_for(pd.Series(["stops"]), pd.Series(["high"]), pd.Series(["champions"]))
    assert other["human_review_required"].tolist() == [False]


def test_words_beside_a_name_are_neutral():
    """The sharp words of the sources appear in totals and explanations only."""
    for row in advice_table():
        assert not any(word in f"{row.nl} {row.en}".lower() for word in SHARP)


def test_every_row_can_be_reached_and_each_threat_ends_with_advice_for_all():
    """A row behind a wider one would never be given."""
    rows = advice_table()
    for threat in THREATS:
        own = [row for row in rows if row.threat == threat]
        assert [bool(row.bands or row.segments) for row in own] == [True] * (len(own) - 1) + [False]
    assert {band for row in rows for band in row.bands} <= set(RISK_BANDS)
    assert {segment for row in rows for segment in row.segments} <= set(SEGMENTS)


def test_index_and_order_are_kept():
    """Advice must stand beside the right customer."""
    index = pd.Index(["b", "a"], name="customer_id")
    threats, bands = pd.Series(["none", "stops"], index), pd.Series(["low", "high"], index)
    advice = advice_for(threats, bands, pd.Series(["x", "x"], index))
    assert advice.index.equals(index)
    assert "No action" in advice.loc["b", "advice"]
    assert "Call within a week" in advice.loc["a", "advice"]


def test_no_customers_no_advice():
    """An empty base is no error."""
    empty = pd.Series([], dtype="str")
    assert advice_for(empty, empty, empty).shape == (0, 2)
