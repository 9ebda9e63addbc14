"""A champion is replaced only by what beats it on customers that neither has seen."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError, WindowError
from crm_ml.data.datasets import load_cdnow
from crm_ml.data.windows import Window
from crm_ml.jobs.compare import compare, compare_predictors
from crm_ml.jobs.config import RegistryConfig, TrainConfig
from crm_ml.jobs.promote import promote, roll_back
from crm_ml.jobs.train import train
from crm_ml.labels.stopped import label_stopped
from crm_ml.tracking import registry
from crm_ml.tracking.store import open_store

WINDOW = Window("1998-05-02", 60)


class Pretender:
    """A predictor that knows the truth with so much noise."""

    horizon_days = 60

    def __init__(self, noise, cutoff="1998-01-01"):
        self.noise = noise
        self.facts = {"cutoff": cutoff, "mapping": {}, "currency": "USD", "basis": "revenue"}
        self.bundle = SimpleNamespace(version=f"noise-{noise}")

    def snapshot(self, tx, as_of, extra):
        return label_stopped(tx, WINDOW).to_frame("stopped")

    def predict(self, rows):
        noise = np.random.default_rng(1).normal(size=len(rows)) * self.noise
        score = rows["stopped"].astype(float) + noise
        return pd.DataFrame({"p_stopped": (score - score.min()) / (score.max() - score.min())})


@pytest.fixture
def config():
    return RegistryConfig.model_validate(
        {"data": {"dataset": "cdnow_sample"}, "evaluation": {"replicates": 50}}
    )


def test_the_better_one_is_better(config):
    """Both figures come from the same customers, and the interval is that of the difference."""
    result = compare_predictors(Pretender(0.5), Pretender(2.0), config)
    assert result.window == WINDOW
    assert result.n == len(label_stopped(load_cdnow(sample=True), WINDOW).dropna())
    auc = result.table.loc["auc"]
    assert auc["delta"] == pytest.approx(auc["first"] - auc["second"])
    assert 0 < auc["delta_low"] < auc["delta"] < auc["delta_high"]
    assert result.first_is_better
    assert not compare_predictors(Pretender(2.0), Pretender(0.5), config).first_is_better


def test_as_good_is_not_better(config):
    """A tie leaves the champion where it is."""
    result = compare_predictors(Pretender(1.0), Pretender(1.0), config)
    assert result.table.loc["auc", "delta"] == 0
    assert not result.first_is_better


def test_what_cannot_be_compared(config):
    """Data that one of them has learnt from, or another horizon, are refused."""
    with pytest.raises(WindowError, match="no closed horizon lies after what both models learnt from"):
        compare_predictors(Pretender(1.0), Pretender(1.0, cutoff="1998-06-01"), config)
    other = Pretender(1.0)
    other.horizon_days = 30
    with pytest.raises(InputError, match="60 and 30 days"):
        compare_predictors(Pretender(1.0), other, config)


@pytest.fixture(scope="module")
def two_trainings(_made_store, tmp_path_factory):
    """Two runs that differ in their seed only, trained long before the data end."""
    folder = tmp_path_factory.mktemp("promote")
    store = folder / "mlflow.db"
    store.write_bytes(_made_store.read_bytes())
    plain = {
        "data": {"dataset": "cdnow_sample"},
        "cutoff": "1998-01-01",
        "horizon_days": 60,
        "tasks": ["stopped"],
        "models": ["logistic"],
        "evaluation": {"replicates": 20},
        "out": str(folder / "models"),
        "tracking": {"store": str(store)},
    }
    runs = [train(TrainConfig.model_validate({**plain, "seed": seed}), quiet=True) for seed in (1, 2)]
    registry_config = RegistryConfig.model_validate(
        {key: plain[key] for key in ("data", "evaluation", "tracking")}
    )
    return runs, registry_config


@pytest.mark.slow
def test_the_whole_way(two_trainings):
    """First champion, a challenger that is as good, a forced move with its reason, and the way back."""
    (first, second), config = two_trainings
    opened = promote(first.run_id, config)
    assert opened.promoted
    assert opened.bundle == first.bundle_folder.name
    refused = promote(second.run_id, config)
    assert not refused.promoted
    assert refused.comparison.table.loc["auc", "delta_low"] <= 0
    client = open_store(config.store)
    assert registry.find(client, registry.CHAMPION).bundle == opened.bundle
    assert registry.find(client, registry.CHALLENGER).bundle == refused.bundle
    assert compare("challenger", "champion", config).n == refused.comparison.n
    assert compare(str(second.bundle_folder), "champion", config).first == refused.bundle
    forced = promote(second.run_id, config, force="agreed with marketing")
    assert forced.promoted
    tags = client.get_model_version("crm", forced.version).tags
    assert tags["promotion_reason"] == "forced: agreed with marketing"
    assert roll_back(config).bundle == opened.bundle
    with pytest.raises(InputError, match="no bundle is called 'nobody'"):
        compare("nobody", "champion", config)
