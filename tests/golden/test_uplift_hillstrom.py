"""Uplift on a real campaign by lot: the women's mail is for past women's buyers, the men's for all."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from crm_ml.jobs.config import UpliftConfig
from crm_ml.jobs.config_file import load_config
from crm_ml.jobs.uplift import uplift

CONFIG = Path(__file__).parents[2] / "configs" / "hillstrom.yaml"


@pytest.fixture
def judged(data_folder, tmp_path, monkeypatch):
    """Run the shipped config with other options, on held-out halves."""
    monkeypatch.setenv("CRM_ML_DATA", str(data_folder))

    def run(**options):
        given = {"uplift.folds": 2, "uplift.replicates": 200, "tracking.enabled": False, "out": str(tmp_path)}
        return uplift(load_config(CONFIG, UpliftConfig, {**given, **options}), quiet=True)

    return run


def test_the_womens_mail(judged, data_folder):
    """Beats lots on halves that the model did not know; past women's buyers come first."""
    result = judged()
    assert result.ranking == "uplift"
    found = result.results["uplift_rankings"].figures
    assert found["effect"] == pytest.approx(49.0, abs=0.1)
    assert found["qini_low"] > 0
    assert found["qini"] == pytest.approx(4.56, abs=0.8)
    assert 0.1 < found["slope"] < 1
    budgets = result.results["uplift_budgets"].table.set_index(["ranking", "share"])
    assert budgets.loc[("uplift", 0.5), "above_low"] > 0
    womens = pd.read_parquet(data_folder / "hillstrom.parquet")["womens"]
    first = result.table["customer_id"].head(5000).astype(int) - 1
    assert womens.loc[first].mean() > 0.9
    assert womens.mean() < 0.6
    assert result.results["uplift_assignment"].figures["random"] == 1


def test_the_mens_mail_works_for_everybody_alike(judged):
    """A large effect and nothing to rank by: no list rather than a guess."""
    result = judged(**{"campaign.contacted": ["Mens E-Mail"]})
    found = result.results["uplift_rankings"].figures
    assert found["effect"] == pytest.approx(79.0, abs=0.1)
    assert found["qini_low"] < 0 < found["qini_high"]
    assert result.ranking == "none"


def test_spend_is_too_rare_to_rank_by(judged):
    result = judged(**{"campaign.outcome": "spend", "campaign.contact_value": "history"})
    assert result.results["uplift_rankings"].figures["effect_low"] > 0
    assert result.ranking == "contact_value"
