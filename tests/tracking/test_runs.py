"""A run says everything that made a model, and says it too when the job failed."""

import json
import logging
import math
import os
import subprocess
import sys

import pytest

from crm_ml.tracking.runs import plain_params, tracked_run
from crm_ml.tracking.store import open_store


def only_run(store, **conditions):
    client = open_store(store)
    experiment = client.get_experiment_by_name("crm")
    return client.search_runs([experiment.experiment_id], **conditions)


def test_parent_and_children(mlflow_store):
    """One parent a job and one child a model, found from each other."""
    with tracked_run("train", store=mlflow_store) as run:
        run.params({"horizon_days": 90})
        with run.child("logistic") as child:
            child.metrics({"auc": 0.8, "auc_low": 0.7, "auc_high": 0.9})
        with run.child("btyd"):
            pass
    children = only_run(mlflow_store, filter_string=f"tags.mlflow.parentRunId = '{run.id}'")
    assert {one.info.run_name for one in children} == {"logistic", "btyd"}
    logistic = next(one for one in children if one.info.run_name == "logistic")
    assert logistic.data.metrics == {"auc": 0.8, "auc_low": 0.7, "auc_high": 0.9}
    parent = open_store(mlflow_store).get_run(run.id)
    assert parent.info.status == "FINISHED"
    assert parent.data.params == {"horizon_days": "90"}


def test_a_failing_job_leaves_a_failed_run(mlflow_store):
    """Both the model's run and the job's run say that they failed, and why."""
    with (
        pytest.raises(ZeroDivisionError),
        tracked_run("train", store=mlflow_store) as run,
        run.child("x") as child,
    ):
        1 / 0  # noqa: B018
    client = open_store(mlflow_store)
    for one in (run, child):
        found = client.get_run(one.id)
        assert found.info.status == "FAILED"
        assert found.data.tags["error"] == "ZeroDivisionError: division by zero"


def test_metrics_without_a_value_are_named(mlflow_store):
    """A metric that could not be computed is not 0 and does not vanish."""
    with tracked_run("train", store=mlflow_store) as run:
        run.metrics({"auc": math.nan, "lift": None, "brier": 0.1, "slope": math.inf})
    found = open_store(mlflow_store).get_run(run.id).data
    assert found.metrics == {"brier": 0.1}
    assert found.tags["undefined_metrics"] == "auc, lift, slope"


def test_artifacts_lie_beside_the_store(mlflow_store, tmp_path):
    """Files, folders, text and JSON are kept, in a folder whose name may hold a space."""
    bundle = tmp_path / "crm-1"
    bundle.mkdir()
    (bundle / "manifest.json").write_text("{}")
    (tmp_path / "plot.svg").write_text("<svg/>")
    with tracked_run("train", store=mlflow_store) as run:
        run.artifact(bundle)
        run.artifact(tmp_path / "plot.svg", "plots")
        run.text("card.md", "# card")
        run.json("config.json", {"b": 1, "a": {"c": None}})
    beside = mlflow_store.parent / "mlflow-artifacts" / run.id / "artifacts"
    assert " " in str(beside)
    names = {str(path.relative_to(beside)) for path in beside.rglob("*") if path.is_file()}
    assert names == {"crm-1/manifest.json", "plots/plot.svg", "card.md", "config.json"}
    assert json.loads((beside / "config.json").read_text()) == {"a": {"c": None}, "b": 1}


def test_lineage(mlflow_store):
    """Which data went in is part of the run."""
    with tracked_run("train", store=mlflow_store) as run:
        run.input(
            "orders", fingerprint="f" * 64, source="orders.csv", profile={"rows": 3}, context="training"
        )
    (entry,) = open_store(mlflow_store).get_run(run.id).inputs.dataset_inputs
    assert (entry.dataset.name, json.loads(entry.dataset.source)) == ("orders", {"uri": "orders.csv"})
    assert json.loads(entry.dataset.profile) == {"rows": 3, "fingerprint": "f" * 64}
    assert entry.tags[0].value == "training"


def test_many_and_long_parameters(mlflow_store):
    """A config with hundreds of keys or a long list is logged, not refused by MLflow."""
    with tracked_run("train", store=mlflow_store) as run:
        run.params({f"key_{number}": number for number in range(250)} | {"long": "x" * 10_000})
    params = open_store(mlflow_store).get_run(run.id).data.params
    assert len(params) == 251
    assert len(params["long"]) == 501


def test_origin(mlflow_store, tmp_path, monkeypatch):
    """The version is always recorded, the commit where there is one; without git nothing breaks."""
    monkeypatch.chdir(tmp_path)
    with tracked_run("train", store=mlflow_store) as run:
        pass
    tags = open_store(mlflow_store).get_run(run.id).data.tags
    assert tags["crm_ml.version"]
    assert "mlflow.source.git.commit" not in tags
    monkeypatch.setenv("PATH", "")
    with tracked_run("train", store=mlflow_store, tags={"task": "stopped"}) as run:
        pass
    assert open_store(mlflow_store).get_run(run.id).data.tags["task"] == "stopped"


def test_an_open_run_of_the_user_is_left_alone(mlflow_store):
    """In a notebook the user's own run stays active and gets nothing of ours."""
    import mlflow

    before = mlflow.get_tracking_uri()
    with tracked_run("train", store=mlflow_store) as run:
        run.params({"seed": 1})
        assert mlflow.active_run() is None
    assert mlflow.get_tracking_uri() == before


@pytest.mark.slow
def test_a_new_store_is_made_in_silence(tmp_path):
    """First use makes the folder and the database, says nothing, warns nothing, phones nobody."""
    code = (
        "import os, sys, warnings; warnings.simplefilter('error')\n"
        "from crm_ml.tracking.runs import tracked_run\n"
        "with tracked_run('train', store=sys.argv[1]) as run:\n"
        "    run.params({'seed': 1}); run.metrics({'auc': .5}); run.text('a.txt', 'a')\n"
        "assert os.environ['MLFLOW_DISABLE_TELEMETRY'] == 'true'\n"
    )
    store = tmp_path / "new folder" / "mlflow.db"
    environment = {name: one for name, one in os.environ.items() if name != "MLFLOW_DISABLE_TELEMETRY"}
    run = subprocess.run(
        [sys.executable, "-c", code, str(store)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert store.exists()
    assert not (tmp_path / "mlruns").exists()


def test_levels_of_other_loggers_come_back(mlflow_store):
    """Quieting MLflow lasts no longer than the connection."""
    logging.getLogger("alembic").setLevel(logging.DEBUG)
    open_store(mlflow_store)
    assert logging.getLogger("alembic").level == logging.DEBUG
    logging.getLogger("alembic").setLevel(logging.NOTSET)


def test_plain_params_keep_text_as_it_is():
    """Text is not quoted twice; empty mappings stay visible."""
    assert plain_params({"a": "x", "b": {}, "c": 1.5, "d": True}) == {
        "a": "x",
        "b": "{}",
        "c": "1.5",
        "d": "true",
    }
