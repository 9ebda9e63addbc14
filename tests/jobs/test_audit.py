"""A protected column reaches the audit and nothing else."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, ConfigError
from crm_ml.data.datasets import load_cdnow
from crm_ml.features.summary import rfm_summary
from crm_ml.jobs.card import model_card
from crm_ml.jobs.config import TrainConfig
from crm_ml.jobs.config_file import load_config
from crm_ml.jobs.model_card import model_card as markdown_card
from crm_ml.jobs.train import train
from crm_ml.prediction.predictor import Predictor


@pytest.fixture(scope="module")
def protected(tmp_path_factory):
    """One attribute that the purchases give away, one that nothing gives away."""
    frequency = rfm_summary(load_cdnow(sample=True), "1998-07-01")["frequency"]
    table = pd.DataFrame({"customer_id": frequency.index})
    table["religion"] = np.where(frequency.to_numpy() > 0, "A", "B")
    table["gender"] = np.random.default_rng(0).choice(["f", "m"], len(table))
    path = tmp_path_factory.mktemp("audit") / "protected.csv"
    table.to_csv(path, index=False)
    return path


def config(path, out, **audit):
    return TrainConfig(
        data={"dataset": "cdnow_sample"},
        out=str(out),
        tasks=("stopped",),
        models=("logistic",),
        tracking={"enabled": False},
        audit={"path": str(path), **audit},
        fairness={"model": "logistic"},
    )


@pytest.fixture(scope="module")
def result(protected, tmp_path_factory):
    return train(config(protected, tmp_path_factory.mktemp("out")), quiet=True)


def test_the_audit_stands_in_bundle_cards_and_warnings(result):
    """A proxy is named with the feature that tells; the random attribute is not."""
    predictor = Predictor.load(result.bundle_folder)
    found = predictor.facts["fairness"]
    assert set(found) == {"religion", "gender"}
    assert found["religion"]["proxies"]["proxy"] == [True, True]
    assert found["gender"]["proxies"]["proxy"] == [False, False]
    assert any("stand in for religion" in warning for warning in result.warnings)
    assert not any("stand in for gender" in warning for warning in result.warnings)
    groups = pd.DataFrame(found["religion"]["groups"]).set_index("group")
    assert groups["n"].sum() == result.comparisons["stopped"].table["n"].iloc[0]
    listed = (groups["selected"] * groups["n"]).sum() / groups["n"].sum()
    assert listed == pytest.approx(0.1, abs=0.005)
    shown = model_card(predictor)["fairness"]
    assert sorted(shown["attribute"]) == ["gender", "gender", "religion", "religion"]
    assert "### religion: treatment" in markdown_card(predictor.bundle)


def test_no_model_and_no_customer_of_the_bundle_knows_the_attribute(result, protected):
    """Features hold nothing of it, and no customer's value is written anywhere."""
    predictor = Predictor.load(result.bundle_folder)
    assert "religion" not in json.dumps(predictor.facts["features"])
    customer = pd.read_csv(protected, dtype=str)["customer_id"].iloc[0]
    texts = [path.read_bytes() for path in result.bundle_folder.rglob("*") if path.is_file()]
    assert not any(f'"{customer}"'.encode() in one for one in texts)


def test_a_column_that_is_missing_is_named(protected, tmp_path):
    """With the nearest name."""
    with pytest.raises(ColumnError, match="did you mean 'gender'"):
        train(config(protected, tmp_path, columns=["gendre"]), quiet=True)


def test_a_config_without_tasks_is_refused(tmp_path):
    """Training nothing and saying nothing is no result."""
    path = tmp_path / "train.yaml"
    path.write_text("tasks: []\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="tasks"):
        load_config(path, TrainConfig)
