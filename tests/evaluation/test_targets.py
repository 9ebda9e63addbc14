"""Which question decides: the positive class, leaving either way, or every class by its share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.evaluation.metrics import auc
from crm_ml.evaluation.targets import headline, one_by_one

from .panels import Forecast, panel_of, risky

CLASSES = ("dries_up", "stays", "stops")


def at_risk():
    X, y = risky(300)
    state = np.where(y, np.where(X["random"] < 0.5, "stops", "dries_up"), "stays")
    return panel_of("at_risk", X, pd.Series(state, dtype="category")), state


def test_the_positive_class_decides_a_binary_task_whatever_its_place():
    X, y = risky(300)
    panel = panel_of("stopped", X, pd.Series(y, dtype="boolean"))
    target = headline(Forecast("truth"), panel)
    assert target.truths[0].tolist() == y.astype(float).tolist()
    assert target.probabilities[0] == pytest.approx(X["truth"].to_numpy())


def test_a_baseline_ranks_by_its_plain_score():
    X, y = risky(300)
    model = Forecast("share")
    model.ranking = lambda rows: rows["truth"].to_numpy()
    target = headline(model, panel_of("stopped", X, pd.Series(y, dtype="boolean")))
    assert target.figure(auc) == pytest.approx(auc(y, X["truth"]))
    assert np.ptp(target.probabilities) == 0


def test_at_risk_adds_both_ways_to_leave():
    panel, state = at_risk()
    target = headline(Forecast("noisy", CLASSES), panel)
    assert target.truths[0].tolist() == (state != "stays").astype(float).tolist()
    stays = Forecast("noisy", CLASSES).predict_proba(panel.X)[:, 1]
    assert target.probabilities[0] == pytest.approx(1 - stays)


def test_a_model_that_never_saw_who_stays_calls_everybody_at_risk():
    panel, _ = at_risk()
    assert (headline(Forecast("noisy", ("dries_up", "stops")), panel).probabilities == 1).all()


def test_segments_weigh_every_class_that_occurs_by_its_share():
    X, y = risky(300)
    labels = pd.Series(np.where(y, "top", "small"), dtype="category")
    target = headline(Forecast("truth", ("inactive", "small", "top")), panel_of("segment", X, labels))
    assert len(target.truths) == 2
    assert not target.is_single
    assert target.shares.sum() == pytest.approx(1)
    assert target.shares[1] == pytest.approx(y.mean())


def test_every_class_has_a_question_of_its_own():
    panel, state = at_risk()
    targets = {one.name: one for one in one_by_one(Forecast("noisy", CLASSES), panel)}
    assert set(targets) == set(CLASSES)
    assert targets["stops"].truths.sum() == (state == "stops").sum()
    rows = np.array([0, 5])
    assert targets["stops"].at(rows).truths.shape == (1, 2)
