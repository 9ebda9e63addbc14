"""Sentences: each has its text, can come true, and shows what it claims."""

from __future__ import annotations

from string import Formatter

import numpy as np
import pytest

from crm_ml.base.texts import keys, text
from crm_ml.prediction.facts import facts_of
from crm_ml.prediction.sentences import SENTENCES

from .histories import feature_table, random_history

PEERS = {"peer_gap": 60.0}


def test_every_sentence_of_purchases_is_said_to_somebody():
    """A sentence whose condition never holds is dead text, and its truth is never tested."""
    rng = np.random.default_rng(0)
    features = feature_table([random_history(rng) for _ in range(3000)])
    facts = facts_of(features, PEERS)
    for sentence in SENTENCES:
        if sentence.needs <= facts.keys():
            assert sentence.when.holds(facts).any(), sentence.name


def test_every_sentence_has_a_text_and_every_text_a_sentence():
    """Nothing stands in the texts that nobody can get, and nothing is said without text."""
    assert {f"reasons.{sentence.name}" for sentence in SENTENCES} == set(keys("reasons"))


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda one: one.name)
def test_every_place_in_the_text_is_filled(sentence):
    """A sentence with an open place would break the list of one customer in a million."""
    places = {name for _, name, _, _ in Formatter().parse(text(f"reasons.{sentence.name}", "nl")) if name}
    assert places == set(sentence.shows)
