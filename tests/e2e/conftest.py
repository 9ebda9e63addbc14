"""One small training on real data for all end-to-end tests."""

from __future__ import annotations

import pytest

from crm_ml.data.datasets import load_cdnow
from crm_ml.jobs.config import TrainConfig
from crm_ml.jobs.train import train
from crm_ml.prediction.predictor import Predictor

SMALL = {
    "data": {"dataset": "cdnow_sample"},
    "models": ["logistic", "rule_list", "btyd"],
    "evaluation": {"replicates": 50},
    "card": {"owner": "tests", "purpose": "tests"},
    "tracking": {"enabled": False},
}


def _train_config(out, **more):
    return TrainConfig.model_validate({**SMALL, "out": str(out), **more})


@pytest.fixture(scope="session")
def train_config():
    """Make a config of a small training: ``train_config(out, **changes)``."""
    return _train_config


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    return train(_train_config(tmp_path_factory.mktemp("trained")), quiet=True)


@pytest.fixture(scope="session")
def predictor(trained):
    return Predictor.load(trained.bundle_folder)


@pytest.fixture(scope="session")
def tx():
    return load_cdnow(sample=True)


@pytest.fixture(scope="session")
def risk_list(predictor, tx):
    return predictor.score(tx)
