"""A note is English as a string, Dutch on request, and both again after a file."""

from __future__ import annotations

import json
import pickle

import pytest

from crm_ml.base.notes import Note, Wording, number, restored, said, share, stored

FEW = Note("reasons.overdue", {"recency": Wording("94 days", "94 dagen"), "gap": 1250})


def test_a_note_is_an_english_string_and_says_itself_in_dutch():
    """Logs and joins need no special care; a Dutch reader gets Dutch marks and words."""
    assert FEW.said("en") == str(FEW)
    assert "94 days" in FEW
    assert "94 dagen" in FEW.said("nl")
    assert "1.250" in FEW.said("nl")


def test_a_note_survives_json_with_all_its_languages():
    """Stored as key and values, with the English text beside them."""
    outer = Note("reasons.overdue", {"recency": FEW, "gap": share(0.125, decimals=1)})
    back = restored(json.loads(json.dumps(stored(outer))))
    assert back == outer
    assert back.said("nl") == outer.said("nl")
    assert pickle.loads(pickle.dumps(outer)).said("nl") == outer.said("nl")


@pytest.mark.parametrize(
    "kept",
    [
        "as an old bundle wrote it",
        {"text": "as an old bundle wrote it", "key": "reasons.no_such_key", "values": {}},
        {"text": "as an old bundle wrote it", "key": "no_such_theme.key", "values": {}},
        {"text": "as an old bundle wrote it", "key": "reasons.overdue", "values": {"other": 1}},
    ],
)
def test_what_another_version_wrote_is_shown_as_it_is(kept):
    """A plain text, a key that is gone, a place that is new: never an error."""
    assert restored(kept) == "as an old bundle wrote it"
    assert said(restored(kept), "nl") == "as an old bundle wrote it"


def test_notes_anywhere_in_plain_values_come_back():
    """Facts of a bundle hold them in lists and mappings, between numbers and names."""
    facts = {"warnings": (FEW, "plain"), "tasks": {"stopped": {"reason": FEW, "auc": 0.8, "text": "own"}}}
    back = restored(json.loads(json.dumps(stored(facts))))
    assert back["warnings"][0].said("nl") == FEW.said("nl")
    assert back["warnings"][1] == "plain"
    assert back["tasks"]["stopped"]["reason"].said("nl") == FEW.said("nl")
    assert back["tasks"]["stopped"]["auc"] == 0.8
    assert back["tasks"]["stopped"]["text"] == "own"


def test_numbers_keep_their_decimals_and_their_sign():
    assert number(0.05, decimals=3, signed=True) == "+0.050"
    assert number(-0.05, decimals=3, signed=True) == "−0.050"
    assert number(1090.0, decimals=2).said("nl") == "1.090,00"
