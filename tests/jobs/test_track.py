"""What a run in MLflow holds: enough to judge it without the machine that made it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_ml.jobs.config import AnalyseConfig
from crm_ml.tracking.store import open_store


@pytest.fixture(scope="module")
def client(small_training):
    return open_store(small_training.store)


@pytest.fixture(scope="module")
def run(client, small_training):
    return client.get_run(small_training.run_id)


def names(client, run_id, folder):
    return {one.path.rsplit("/", 1)[-1] for one in client.list_artifacts(run_id, folder)}


def test_pictures_of_every_task(client, run):
    """Is it honest, what does it gain, is it more than luck: as pictures on the run's page."""
    found = names(client, run.info.run_id, "plots")
    chances = {
        f"{task}_{one}.png" for task in ("stopped", "at_risk") for one in ("calibration", "gain", "forest")
    }
    assert found >= {*chances, "value_forest.png"}


def test_metrics_have_their_intervals(client, run, small_training):
    """A figure without its interval is no result: on the parent and on every child."""
    metrics = run.data.metrics
    for task in ("stopped", "at_risk"):
        assert metrics[f"{task}.auc_low"] <= metrics[f"{task}.auc"] <= metrics[f"{task}.auc_high"]
    children = client.search_runs(
        [run.info.experiment_id], filter_string=f"tags.mlflow.parentRunId = '{small_training.run_id}'"
    )
    roles = {(one.data.tags["task"], one.data.tags["role"]) for one in children}
    assert {("stopped", "model"), ("stopped", "baseline"), ("value", "model")} <= roles
    judged = next(one for one in children if one.data.tags["technique"] == "logistic")
    assert {"auc_low", "auc_high"} <= set(judged.data.metrics) or {"gini_low", "gini_high"} <= set(
        judged.data.metrics
    )


def test_where_it_comes_from(run):
    """Data, versions and commit: who reads the run can make it again."""
    inputs = run.inputs.dataset_inputs
    assert inputs[0].dataset.digest
    assert {"version.numpy", "version.lightgbm", "version.python", "crm_ml.version"} <= set(run.data.tags)
    assert len(run.data.tags["mlflow.source.git.commit"]) == 40
    assert run.data.params["seed"] == "0"


def test_the_model_card_says_chance_level_and_fairness(client, run, tmp_path):
    """The two sections that a reader would miss last."""
    card = Path(client.download_artifacts(run.info.run_id, "model_card.md", str(tmp_path))).read_text("utf-8")
    assert "Chance level" in card
    assert "## Fairness" in card
    assert "## Limits" in card


@pytest.mark.slow
def test_an_analysis_is_a_run_with_pictures(tmp_path, mlflow_store):
    """Figures, pictures, workbook and report of an analysis are kept like those of a training."""
    from crm_ml.jobs.analyse import run_analyse

    config = {
        "data": {"dataset": "cdnow_sample"},
        "themes": ["rfm", "abc"],
        "out": str(tmp_path / "analysis"),
        "tracking": {"store": str(mlflow_store)},
    }
    made = run_analyse(AnalyseConfig.model_validate(config), quiet=True)
    client = open_store(mlflow_store)
    assert names(client, made.run_id, "") >= {"analysis.xlsx", "analysis.html", "config.json", "plots"}
    assert names(client, made.run_id, "plots")
    assert client.get_run(made.run_id).data.metrics
