"""``crm-ml uplift`` on transactions: features before the contact, outcome after it, today's list."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import WindowError
from crm_ml.data.datasets import load_cdnow
from crm_ml.features.build import build_features
from crm_ml.jobs.config import ScoreConfig, UpliftConfig
from crm_ml.jobs.score import score
from crm_ml.jobs.uplift import uplift

DAY = dt.date(1998, 1, 1)
FAST = {"folds": 2, "replicates": 40, "min_leaf": 80}
NAMES = ["recency_days", "revenue", "purchase_days"]


@pytest.fixture(scope="module")
def X():  # noqa: N802
    return build_features(load_cdnow(sample=True), DAY)


def configured(folder, table, **options):
    table.to_parquet(folder / "campaign.parquet", index=False)
    campaign = {"path": str(folder / "campaign.parquet"), **options.pop("campaign", {})}
    given = {"data": {"dataset": "cdnow_sample"}, "uplift": FAST, "tracking": {"enabled": False}, **options}
    return UpliftConfig.model_validate({**given, "campaign": campaign, "out": str(folder / "out")})


def drawn(X, seed=0):
    """A list of ours: half of the customers held out by lot."""
    group = np.where(np.random.default_rng(seed).random(len(X)) < 0.5, "contact", "holdout")
    return pd.DataFrame({"customer_id": X.index, "contact_group": group})


def test_a_planted_effect_is_learnt_from_features_before_the_contact(X, tmp_path):
    """A mail that wakes up who bought lately: today's recent buyers come first."""
    table = drawn(X)
    recent = (X["recency_days"] < 150).to_numpy()
    random = np.random.default_rng(1)
    table["visited"] = random.random(len(X)) < 0.1 + 0.5 * recent * (table["contact_group"] == "contact")
    campaign = {"date": "1998-01-01", "horizon_days": 30, "outcome": "visited", "randomised": True}
    dutch = {"language": "nl"}
    config = configured(tmp_path, table, campaign=campaign, features=NAMES, as_of="1998-07-01", list=dutch)
    result = uplift(config, quiet=True)
    assert result.ranking == "uplift"
    now = build_features(load_cdnow(sample=True), "1998-07-01")["recency_days"]
    first = result.table["customer_id"].head(100)
    assert now.reindex(first).max() < 170
    assert set(result.table["customer_id"]) == set(now.index)
    assert "dagen sinds laatste aankoop" in (result.folder / "uplift.html").read_text("utf-8")
    assert (result.table["as_of"] == dt.date(1998, 7, 1)).all()


def test_an_earlier_list_is_a_campaign_without_a_word_of_config(X, tmp_path, small_training):
    """Arms, day, horizon and lot are the list's own; nothing was mailed, so contact value decides."""
    table = drawn(X).assign(as_of=DAY, horizon_days=90, threat="stops")
    table.loc[:99, "threat"] = "none"
    bundle = str(small_training.bundle_folder)
    result = uplift(configured(tmp_path, table, bundle=bundle, features=NAMES), quiet=True)
    assert result.ranking == "contact_value"
    assert result.results["uplift_rankings"].n == len(X) - 100
    assert any("100 rows" in note for note in result.report.notes)
    assert any("of after the campaign" in note for note in result.report.notes)
    as_scored = score(
        ScoreConfig.model_validate(
            {"bundle": bundle, "data": {"dataset": "cdnow_sample"}, "out": str(tmp_path / "risk_list.csv")}
        ),
        quiet=True,
    )
    expected = as_scored.risk_list.table.set_index("customer_id")["contact_value"]
    found = result.table.set_index("customer_id")["contact_value"]
    np.testing.assert_allclose(found, expected.reindex(found.index), atol=1e-6)


def test_money_and_newcomers(X, tmp_path):
    """Spend in the horizon is an amount; who had not bought before the day is left aside, and counted."""
    table = drawn(X)
    later = pd.DataFrame({"customer_id": ["new1", "new2"], "contact_group": "contact"})
    campaign = {"date": "1998-01-01", "horizon_days": 90, "measure": "spent", "randomised": True}
    config = configured(tmp_path, pd.concat([table, later]), campaign=campaign, features=NAMES)
    result = uplift(config, quiet=True)
    assert any("2 customers of the campaign had not bought before" in note for note in result.report.notes)
    assert result.results["uplift_rankings"].basis == "revenue"
    assert result.results["uplift_rankings"].n == len(X)


def test_a_horizon_that_has_not_passed_is_never_a_no(X, tmp_path):
    campaign = {"date": "1998-06-01", "horizon_days": 90, "randomised": True}
    with pytest.raises(WindowError, match="not fully observed"):
        uplift(configured(tmp_path, drawn(X), campaign=campaign), quiet=True)


def test_the_run_holds_verdict_figures_model_and_reason(X, tmp_path, mlflow_store):
    """What a colleague needs to judge the list later."""
    from mlflow import MlflowClient

    campaign = {"date": "1998-01-01", "horizon_days": 90, "insist": "the protocol was lost"}
    tracking = {"enabled": True, "store": str(mlflow_store)}
    config = configured(tmp_path, drawn(X), campaign=campaign, features=NAMES, tracking=tracking)
    result = uplift(config, quiet=True)
    client = MlflowClient(f"sqlite:///{mlflow_store}")
    run = client.get_run(result.run_id)
    assert run.data.tags["insist"] == "the protocol was lost"
    assert run.data.tags["ranking"] == result.ranking
    assert run.data.metrics["uplift_rankings.qini"] == pytest.approx(
        result.results["uplift_rankings"].figures["qini"]
    )
    kept = {one.path for one in client.list_artifacts(result.run_id)}
    assert {"model", "plots", "tables", "verdict.txt", "uplift.html", "uplift.xlsx"} <= kept
    assert {one.dataset.name for one in run.inputs.dataset_inputs} == {"campaign.parquet", "cdnow_sample"}
