"""Models by name: one line each, loaded on use."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.models.catalog import CLASSIFIERS, REGRESSORS, from_parts, make_model
from crm_ml.models.parts import Parts


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_is_made_with_its_seed(name):
    """The names of the config; a seed reaches whoever draws."""
    params = make_model(name, seed=7).get_params()
    assert params.get("random_state", 7) == 7


def test_kinds_are_unique():
    """Parts find their technique by kind."""
    models = [make_model(name) for name in CLASSIFIERS] + [
        make_model(name, kind="regressor") for name in REGRESSORS
    ]
    assert len({model.kind for model in models}) == len(models)


def test_unknown_names_are_answered_with_the_nearest():
    """Model, kind and parameter."""
    with pytest.raises(InputError, match="lightgbm"):
        make_model("lightgmb")
    with pytest.raises(InputError, match="kind"):
        make_model("logistic", kind="regression")
    with pytest.raises(InputError, match="max_depth"):
        make_model("decision_tree", max_deph=3)
    with pytest.raises(BundleError, match="newer"):
        from_parts(Parts("crystal_ball"))


def test_a_tree_does_not_load_lightgbm():
    """Import time is paid for what is used."""
    code = (
        "import sys; from crm_ml.models.catalog import make_model; make_model('decision_tree'); "
        "print('lightgbm' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
