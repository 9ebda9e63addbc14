"""The registered model is the Predictor: loaded, served or on Spark, it gives the same numbers."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crm_ml.data.datasets import cdnow_table, load_cdnow
from crm_ml.prediction.predictor import Predictor
from crm_ml.tracking import registry
from crm_ml.tracking.mlflow_model import save_model
from crm_ml.tracking.runs import tracked_run
from crm_ml.tracking.store import open_store

pytestmark = pytest.mark.slow
NUMBERS = ["p_stopped", "p_at_risk", "expected_spend", "clv"]


@pytest.fixture(scope="module")
def model(small_training, tmp_path_factory):
    """The bundle saved as an MLflow model."""
    return save_model(small_training.bundle_folder, tmp_path_factory.mktemp("mlflow model") / "model")


@pytest.fixture(scope="module")
def rows(small_training):
    """Feature rows of 50 customers."""
    predictor = Predictor.load(small_training.bundle_folder)
    return predictor.snapshot(load_cdnow(sample=True)).head(50)


@pytest.fixture(scope="module")
def expected(small_training, rows):
    return Predictor.load(small_training.bundle_folder).predict(rows)


@pytest.fixture(autouse=True)
def _no_pickle(monkeypatch):
    """MLflow may load nothing that unpickles."""
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")


def close(found, expected):
    np.testing.assert_allclose(
        found[NUMBERS].to_numpy(dtype=float), expected[NUMBERS].to_numpy(dtype=float), rtol=1e-9, atol=1e-9
    )


def test_loaded(model, rows, expected):
    """mlflow.pyfunc.load_model scores feature rows in their own order."""
    import mlflow.pyfunc

    found = mlflow.pyfunc.load_model(str(model)).predict(rows.reset_index())
    assert list(found["customer_id"]) == list(rows.index)
    close(found, expected)


def test_raw_transactions(model, small_training):
    """Transactions in the columns of the training are enough; `as_of` is a parameter."""
    import mlflow.pyfunc

    raw = cdnow_table(sample=True).to_pandas()
    found = mlflow.pyfunc.load_model(str(model)).predict(raw, params={"as_of": "1998-07-01"})
    predictor = Predictor.load(small_training.bundle_folder)
    expected = predictor.predict(predictor.snapshot(load_cdnow(sample=True), "1998-07-01"))
    assert list(found["customer_id"]) == list(expected.index)
    close(found, expected)


def test_a_missing_feature_is_an_error(model, rows):
    """What the model needs and does not get is never scored as if it were there."""
    import mlflow.pyfunc

    with pytest.raises(Exception, match="recency_days"):
        mlflow.pyfunc.load_model(str(model)).predict(rows.drop(columns="recency_days"))


def test_from_the_registry(small_training, rows, expected):
    """The alias leads to the same model, and the version to the run of the training."""
    import mlflow.pyfunc

    client = open_store(small_training.store)
    made = registry.register(client, small_training.run_id)
    assert made.bundle == small_training.bundle_folder.name
    source = client.get_model_version("crm", made.version).source
    close(mlflow.pyfunc.load_model(source).predict(rows.reset_index()), expected)


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Spark's own sockets
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_spark_udf(model, rows, expected):
    """A Spark column of scores, computed by the same bundle."""
    import mlflow.pyfunc
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import struct

    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        result_type = ", ".join(f"{name} double" for name in NUMBERS)
        score = mlflow.pyfunc.spark_udf(spark, str(model), result_type=result_type, env_manager="local")
        frame = spark.createDataFrame(rows.reset_index())
        row = struct(*frame.columns)  # by name; single columns would be taken in the order of the signature
        scored = frame.withColumn("score", score(row)).select("customer_id", "score.*").collect()
    finally:
        spark.stop()
    found = pd.DataFrame([one.asDict() for one in scored]).set_index("customer_id")
    close(found.loc[expected.index], expected)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url, process, seconds=120):
    """Wait until a server answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server stopped"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture
def server(tmp_path):
    """Return a function that starts an mlflow command on a free loopback port and gives its address."""
    started = []

    def start(*arguments, health):
        port = free_port()
        log = (tmp_path / "server.log").open("w")
        command = [sys.executable, "-m", "mlflow", *arguments, "--host", "127.0.0.1", "--port", str(port)]
        # The servers start helpers by name; they live beside this interpreter.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path}
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
        started.append((process, log))
        wait_for(f"http://127.0.0.1:{port}{health}", process)
        return f"http://127.0.0.1:{port}"

    yield start
    for process, log in started:
        os.killpg(process.pid, 15)
        process.wait(timeout=20)
        log.close()


def test_served(model, rows, expected, server):
    """`mlflow models serve --env-manager local` answers with the same numbers."""
    address = server("models", "serve", "-m", str(model), "--env-manager", "local", health="/ping")
    table = json.loads(rows.reset_index().to_json(orient="split", index=False))
    request = urllib.request.Request(
        f"{address}/invocations",
        data=json.dumps({"dataframe_split": table}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        found = pd.DataFrame(json.loads(answer.read())["predictions"])
    assert list(found["customer_id"]) == list(rows.index)
    close(found, expected)


def test_tracking_server(small_training, server, tmp_path, rows, expected):
    """Runs and registry work against a tracking server, which nobody but loopback sees."""
    address = server(
        "server",
        "--backend-store-uri",
        f"sqlite:///{tmp_path / 'server.db'}",
        "--artifacts-destination",
        str(tmp_path / "kept"),
        "--workers",
        "1",
        health="/health",
    )
    with tracked_run("train", store=address, experiment="remote") as run:
        run.params({"seed": 1})
        with run.child("logistic") as child:
            child.metrics({"auc": 0.8})
        run.input("cdnow", fingerprint="f", source="cdnow", profile={}, context="training")
        run.artifact(small_training.bundle_folder, "bundle")
    client = open_store(address)
    assert client.get_run(child.id).data.metrics == {"auc": 0.8}
    made = registry.register(client, run.id)
    registry.promote(client, made, "first")
    champion = registry.find(client, registry.CHAMPION)
    fetched = registry.fetch_bundle(client, champion, tmp_path / "fetched")
    close(Predictor.load(fetched).predict(rows), expected)
