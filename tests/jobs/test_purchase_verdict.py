"""A purchase model that loses to the naive rate says so in the bundle and in every list."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from crm_ml.data.datasets import load_cdnow
from crm_ml.data.reading import read_transactions
from crm_ml.data.windows import Window
from crm_ml.features.summary import rfm_summary
from crm_ml.jobs.config import TrainConfig
from crm_ml.jobs.purchase_verdict import purchase_verdict
from crm_ml.jobs.train import train
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.pareto_nbd import ParetoNBD
from crm_ml.prediction.bundle import read_bundle
from crm_ml.prediction.predictor import Predictor


def judged_on(cutoff, horizon):
    return SimpleNamespace(plan=SimpleNamespace(test=Window(cutoff, horizon)))


@pytest.fixture(scope="module")
def clockwork():
    """150 customers who buy every 5, 6, … or 34 days and never stop: their own rate says everything."""
    days = [(k, d) for k in range(150) for d in range(k % 7, 500, 5 + k % 30)]
    table = pd.DataFrame(days, columns=["customer_id", "day"])
    table["customer_id"] = "c" + table["customer_id"].astype(str)
    table["day"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(table["day"], unit="D")
    return table.assign(amount=10.0)


def test_the_verdict_uses_nothing_of_the_period_it_judges():
    """The figures are those of a fit at the test cutoff, whatever the model of the bundle has seen since."""
    tx = load_cdnow(sample=True)
    later = LifetimeValue(ParetoNBD()).fit(rfm_summary(tx, "1998-07-01"))
    facts, notes = purchase_verdict(tx, judged_on("1997-10-01", 273), later)
    assert facts["verdict"] == "beats_naive_rate"
    assert facts["rmse_model"] == pytest.approx(1.603, abs=0.01)  # Pareto/NBD, weeks 40 to 78
    assert facts["rmse_model"] < facts["rmse_naive"]
    assert not any("loses" in note for note in notes)


def test_without_history_there_is_no_verdict_and_that_is_said():
    tx = load_cdnow(sample=True)
    model = LifetimeValue(ParetoNBD()).fit(rfm_summary(tx, "1998-07-01"))
    facts, notes = purchase_verdict(tx, None, model)
    assert facts == {"verdict": "not_judged"}
    assert any("not compared" in note for note in notes)
    assert purchase_verdict(tx, None, None) == ({}, ())


def test_a_model_that_loses_says_so_in_every_list(clockwork, tmp_path):
    source = tmp_path / "log.parquet"
    clockwork.to_parquet(source)
    columns = {"customer_id": "customer_id", "timestamp": "day", "amount": "amount"}
    config = TrainConfig.model_validate(
        {
            "data": {"path": str(source), **columns},
            "models": ["decision_tree"],
            "tasks": ["stopped"],
            "tracking": {"enabled": False},
            "out": str(tmp_path / "out"),
        }
    )
    trained = train(config, quiet=True)
    bundle = read_bundle(trained.bundle_folder)
    assert bundle.facts["clv_verdict"]["verdict"] == "loses_to_naive_rate"
    assert np.isfinite(bundle.facts["clv_verdict"]["rmse_naive"])
    listed = Predictor(bundle).score(read_transactions(source, **columns))
    assert any("lifetime value" in note and "loses to the naive rate" in note for note in listed.warnings)
