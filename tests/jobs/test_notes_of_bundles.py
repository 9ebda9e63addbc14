"""A bundle that was trained in English tells its notes to a Dutch reader; older ones as they are."""

from __future__ import annotations

import dataclasses
import json

from crm_ml.base.notes import Note, said
from crm_ml.evaluation.comparison import Comparison
from crm_ml.jobs.card import model_card
from crm_ml.jobs.config import TrainConfig
from crm_ml.jobs.train import train
from crm_ml.prediction.bundle import read_bundle, write_bundle
from crm_ml.prediction.predictor import Predictor
from crm_ml.reporting.proof import proof_section


def dutch_words(section):
    return " ".join(block.words for block in section.blocks if hasattr(block, "words"))


def test_what_a_training_notes_is_dutch_in_a_dutch_report(small_training):
    """Through the files of the bundle: warnings of the list, reasons of the champions, notes of the proof."""
    bundle = read_bundle(small_training.bundle_folder)
    assert bundle.facts["warnings"]
    assert all(isinstance(one, Note) for one in bundle.facts["warnings"])
    assert all(said(one, "nl") != one for one in bundle.facts["warnings"])
    proof = proof_section([Comparison.from_dict(one) for one in bundle.evidence], "nl")
    notes = [note for one in bundle.evidence for note in one["notes"]]
    for note in notes:
        assert said(note, "nl") in dutch_words(proof)
        assert note not in dutch_words(proof)
    card = model_card(Predictor(bundle), "nl")
    reasons = [str(one["reason"]) for one in bundle.facts["tasks"].values()]
    assert not any(reason in str(card) for reason in reasons if reason)


def test_a_log_that_is_too_short_says_so_in_dutch(tmp_path, mlflow_store):
    """No model at all is a note too, with its dates as a Dutch reader writes them."""
    config = {
        "data": {"dataset": "cdnow_sample"}, "horizon_days": 400, "out": str(tmp_path / "models"),
        "tracking": {"store": str(mlflow_store)},
    }  # fmt: skip
    folder = train(TrainConfig.model_validate(config), quiet=True).bundle_folder
    told = [said(one, "nl") for one in read_bundle(folder).facts["warnings"]]
    assert any("geen afgesloten leerperiode van 400 dagen vóór 27 mei 1997" in one for one in told)


def test_plain_texts_of_an_older_bundle_are_shown_as_they_are(small_training, tmp_path):
    """Nothing is guessed from a sentence any more."""
    bundle = read_bundle(small_training.bundle_folder)
    facts = json.loads(json.dumps(dict(bundle.facts)))  # notes become their English text
    old = read_bundle(write_bundle(dataclasses.replace(bundle, facts=facts), tmp_path))
    assert old.facts["warnings"] == [str(one) for one in bundle.facts["warnings"]]
    assert said(old.facts["warnings"][0], "nl") == old.facts["warnings"][0]
