"""A backtest writes what it found and leaves a run that says the same."""

import pandas as pd
import pytest

from crm_ml.jobs.backtest import run_backtest
from crm_ml.jobs.config import BacktestConfig
from crm_ml.tracking.store import open_store


@pytest.mark.slow
def test_a_technique_that_cannot_answer_does_not_cost_the_task(tmp_path):
    """A model of money beside the question who stops; a purchase model without its features."""
    config = BacktestConfig.model_validate(
        {
            "data": {"dataset": "cdnow_sample"},
            "features": ["recency_days", "revenue", "T"],
            "horizon_days": 60,
            "cutoffs": 1,
            "models": ["logistic", "btyd", "two_part"],
            "tasks": ["stopped"],
            "evaluation": {"replicates": 20},
            "out": str(tmp_path / "backtest"),
            "tracking": {"enabled": False},
        }
    )
    result = run_backtest(config, quiet=True)
    assert not result.skipped
    found = result.comparisons["stopped"]
    assert "btyd was left out: the chosen features lack frequency, t_x" in found.notes
    assert set(found.table.loc[found.table["role"] == "model", "model"]) == {"logistic", "decision_tree"}
    assert "naive_rate" in set(found.table["model"])


@pytest.mark.slow
def test_backtest_on_cdnow(mlflow_store, tmp_path):
    """Every model stands beside recency and chance, in the files, in the text and in MLflow."""
    config = BacktestConfig.model_validate(
        {
            "data": {"dataset": "cdnow_sample"},
            "horizon_days": 60,
            "cutoffs": 2,
            "models": ["logistic"],
            "tasks": ["stopped"],
            "evaluation": {"replicates": 20},
            "out": str(tmp_path / "backtest"),
            "tracking": {"store": str(mlflow_store)},
        }
    )
    result = run_backtest(config, quiet=True)
    table = pd.read_csv(result.folder / "stopped.csv")
    assert {"logistic", "recency_only", "naive_rate", "chance"} <= set(table["model"])
    assert "recency_only" in str(result)
    client = open_store(mlflow_store)
    parent = client.get_run(result.run_id)
    assert parent.info.status == "FINISHED"
    assert parent.inputs.dataset_inputs[0].dataset.name == "cdnow_sample"
    experiment = [parent.info.experiment_id]
    children = client.search_runs(experiment, f"tags.mlflow.parentRunId = '{result.run_id}'")
    logged = {one.data.tags["technique"]: one.data.metrics for one in children}
    row = table.set_index("model").loc["logistic"]
    assert logged["logistic"]["auc"] == pytest.approx(row["auc"])
    assert logged["logistic"]["auc_low"] <= logged["logistic"]["auc"] <= logged["logistic"]["auc_high"]
    assert set(logged) == set(table["model"])
