"""Answers written down and judged later are the answers themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_ml.evaluation.measures import main_score
from crm_ml.evaluation.recorded import record, recorded, stack

from .panels import Forecast, panel_of, risky


def test_recorded_probabilities_are_those_of_the_model():
    X, y = risky(200)
    panel = panel_of("stopped", X, pd.Series(y, dtype="boolean"))
    kept = record({"m": Forecast("truth")}, panel)
    again = recorded(["m"], kept)["m"]
    assert (again.predict_proba(kept.X) == Forecast("truth").predict_proba(panel.X)).all()
    assert main_score(again, kept) == main_score(Forecast("truth"), panel)


def test_recorded_amounts_and_classes():
    X, y = risky(200)
    money = panel_of("value", X, pd.Series(10.0 * y, dtype="Float64"))
    kept = record({"m": Forecast("truth")}, money)
    assert (recorded(["m"], kept)["m"].predict(kept.X) == X["truth"].to_numpy()).all()
    classes = ("inactive", "small", "top")
    segments = panel_of("segment", X, pd.Series(np.where(y, "top", "small"), dtype="category"))
    assert recorded(["m"], record({"m": Forecast("truth", classes)}, segments))[
        "m"
    ].classes_.tolist() == list(classes)


def test_a_class_that_was_not_there_in_training_gets_no_chance():
    X, y = risky(200)
    labels = pd.Series(np.where(y, "top", "small"), dtype="category")
    first = record({"m": Forecast("truth", ("small", "top"))}, panel_of("segment", X, labels))
    second = record({"m": Forecast("truth", ("large", "small", "top"))}, panel_of("segment", X, labels))
    both = stack([first, second])
    assert len(both) == 400
    proba = recorded(["m"], both)["m"].predict_proba(both.X)
    large = recorded(["m"], both)["m"].classes_.tolist().index("large")
    assert (proba[:200, large] == 0).all()
    assert (proba[200:, large] > 0).all()
