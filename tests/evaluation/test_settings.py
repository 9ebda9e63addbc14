"""Settings out of range and unknown keys are refused when they are written."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from crm_ml.base.exceptions import InputError
from crm_ml.evaluation.fairness import FairnessSettings
from crm_ml.evaluation.leaks import LeakSettings
from crm_ml.evaluation.outcome import OutcomeSettings
from crm_ml.evaluation.settings import EvaluationSettings


@pytest.mark.parametrize("group", [EvaluationSettings, FairnessSettings, LeakSettings, OutcomeSettings])
def test_every_field_has_a_default_and_unknown_keys_are_refused(group):
    assert TypeAdapter(group).validate_python({}) == group()
    with pytest.raises(ValidationError):
        TypeAdapter(group).validate_python({"no_such_key": 1})


@pytest.mark.parametrize(
    ("group", "wrong"),
    [
        (EvaluationSettings, {"level": 95}),
        (EvaluationSettings, {"replicates": 0}),
        (FairnessSettings, {"folds": 1}),
        (LeakSettings, {"most_auc": 1.5}),
        (OutcomeSettings, {"least_group": 0}),
    ],
)
def test_values_out_of_range_are_refused(group, wrong):
    with pytest.raises(InputError):
        group(**wrong)


def test_large_tables_get_fewer_draws():
    settings = EvaluationSettings(replicates=400)
    assert settings.draws(1_000) == 400
    assert settings.draws(100_000) == 200
