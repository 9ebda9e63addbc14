"""Every note that a training leaves is said in Dutch to a Dutch reader."""

from __future__ import annotations

import re

import pytest

from crm_ml.base.retold import retold
from crm_ml.base.texts import keys, text


def filled(key, language):
    """A text with a number or a word in each place, as the reader would write it."""
    names = re.findall(r"\{(\w+)\}", text(key, "en"))
    values = {name: f"{place + 2}" if place % 2 else f"w{place}" for place, name in enumerate(names)}
    return text(key, language, **values) if values else text(key, language)


@pytest.mark.parametrize("key", keys("proof"))
def test_each_text_is_recognised_again(key):
    """What was filled in English comes out as if it had been filled in Dutch."""
    assert retold(filled(key, "en"), "nl") == filled(key, "nl")
    assert retold(filled(key, "en"), "en") == filled(key, "en")


def test_numbers_tasks_and_words_inside_are_the_readers():
    """Decimal comma, name of the task, and a place that is itself a text."""
    gain = "value: gini 0.807 (0.761 to 0.844); +0.052 on naive_rate, above 0 in 100% of the draws"
    assert retold(gain, "nl") == (
        "Besteding in de voorspelperiode: gini 0,807 (0,761 tot 0,844); +0,052 op "
        "‘vuistregel: eigen tempo tot nu toe’, boven 0 in 100 % van de trekkingen"
    )
    few = "training holds 76 customers with outcome 'stops', 100 are needed"
    assert retold(few, "nl") == "de leerperiode bevat 76 klanten met uitkomst ‘stops’; 100 zijn nodig"


def test_a_sentence_of_others_stays():
    """Data and messages of other tools are not touched."""
    assert retold("column x: strange", "nl") == "column x: strange"
