"""The page about Spark clusters: its config is valid, its command runs, features need no Python there."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from crm_ml.data.datasets import cdnow_table
from crm_ml.data.reading import read_transactions
from crm_ml.features.build import build_features
from crm_ml.jobs.config import FeaturesConfig

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "run_on_spark.md"

FEATURES = ["recency_days", "orders", "revenue_12m", "gap_median"]


@pytest.fixture(scope="module")
def block():
    """The config of the page."""
    [text] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return yaml.safe_load(text)


def test_the_config_of_the_page_is_valid(block):
    engine = FeaturesConfig.model_validate(block).engine
    assert (engine.kind, engine.master, engine.memory_limit) == ("spark", "spark://spark-master:7077", "8g")
    assert "://" in block["data"]["path"]


@pytest.mark.spark
@pytest.mark.slow
def test_the_command_of_the_page_runs_under_spark_submit(block, tmp_path):
    """spark-submit chooses the master; the features equal those of DuckDB."""
    lines = cdnow_table(sample=True).to_pandas()
    renamed = {"customer_id": "client", "date": "day", "amount_usd": "net"}
    lines.rename(columns=renamed)[list(renamed.values())].to_parquet(tmp_path / "orders.parquet")
    engine = {key: value for key, value in block["engine"].items() if key not in ("master", "memory_limit")}
    config = {
        "data": block["data"] | {"path": (tmp_path / "orders.parquet").as_uri()},
        "engine": engine | {"temp_directory": str(tmp_path)},
        "features": FEATURES,
    }
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (tmp_path / "run.py").write_text("from crm_ml.cli.main import run\n\nrun()\n", encoding="utf-8")
    spark_home = importlib.util.find_spec("pyspark").submodule_search_locations[0]
    python = {"PYSPARK_DRIVER_PYTHON": sys.executable, "PYSPARK_PYTHON": sys.executable}
    command = [f"{spark_home}/bin/spark-submit", "--master", "local[1]", "--conf", "spark.ui.enabled=false"]
    command += ["--conf", "spark.sql.shuffle.partitions=2"]
    command += [str(tmp_path / "run.py"), "features", "--config", str(tmp_path / "cluster.yaml")]
    command += ["--cutoff", "1997-10-01", "--out", str(tmp_path / "features.parquet")]
    done = subprocess.run(
        command,
        check=False,
        env={**os.environ, **python, "SPARK_HOME": spark_home},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    tx = read_transactions(lines, customer_id="customer_id", timestamp="date", amount="amount_usd")
    found = pd.read_parquet(tmp_path / "features.parquet").set_index("customer_id")
    expected = build_features(tx, "1997-10-01", features=FEATURES)
    expected.attrs = {}
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9, check_index_type=False)


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # py4j leaves its sockets to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_features_are_spark_sql_alone():
    """A cluster without Python on its executors computes them: the plan holds no Python function."""
    tx = read_transactions(
        cdnow_table(sample=True),
        customer_id="customer_id",
        timestamp="date",
        amount="amount_usd",
        engine="spark",
    )
    native = build_features(tx, "1997-10-01", output="native", features=FEATURES)
    plan = native._jdf.queryExecution().toString()
    assert "Aggregate" in plan
    assert "Python" not in plan
    assert "MapInArrow" not in plan
