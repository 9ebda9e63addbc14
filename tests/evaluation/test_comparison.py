"""A comparison keeps everything through JSON and knows its models by name."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.evaluation.comparison import Comparison
from crm_ml.evaluation.judge import judge
from crm_ml.evaluation.settings import EvaluationSettings

from .panels import Forecast, panel_of, risky

FAST = EvaluationSettings(replicates=20)


@pytest.fixture(scope="module")
def comparison():
    X, y = risky()
    models = {"good": Forecast("truth"), "decision_tree": Forecast("noisy")}
    baselines = {"recency_only": Forecast("noisy"), "base_rate": Forecast("share")}
    panel = panel_of("stopped", X, pd.Series(y, dtype="boolean"), established=X["truth"] > 0.2)
    return judge(models, baselines, panel, FAST, notes=["a note"], window={"cutoff": "2020-01-01"})


def test_a_comparison_survives_json(comparison):
    again = Comparison.from_dict(json.loads(json.dumps(comparison.to_dict(), allow_nan=False)))
    for name in ("table", "calibration", "details", "differences"):
        pd.testing.assert_frame_equal(getattr(comparison, name), getattr(again, name), check_dtype=False)
    assert (again.champion, again.reason, again.notes) == (
        comparison.champion,
        comparison.reason,
        ("a note",),
    )


def test_an_unknown_model_is_named(comparison):
    with pytest.raises(InputError, match="good"):
        comparison.row("nobody")
