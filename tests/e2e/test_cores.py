"""What a job writes does not depend on the number of cores of the machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

JOBS = """
import sys
from pathlib import Path
from crm_ml.jobs.backtest import run_backtest
from crm_ml.jobs.config import BacktestConfig, ScoreConfig, TrainConfig
from crm_ml.jobs.score import score
from crm_ml.jobs.train import train

out = Path(sys.argv[1])
data = {"dataset": "cdnow_sample"}
asked = {"data": data, "evaluation": {"replicates": 20}, "tracking": {"enabled": False}}
training = {**asked, "tasks": ["stopped", "segment"], "models": ["logistic", "lightgbm"], "out": str(out)}
bundle = train(TrainConfig.model_validate(training), quiet=True).bundle_folder
scoring = {"bundle": str(bundle), "data": data, "out": str(out / "list.parquet")}
score(ScoreConfig.model_validate(scoring), quiet=True)
past = {**asked, "tasks": ["stopped"], "models": ["logistic"], "cutoffs": 1, "out": str(out / "backtest")}
run_backtest(BacktestConfig.model_validate(past), quiet=True)
"""


def files(folder):
    """Return the bytes of every file that was written."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.*")
        if path.is_file()
    }


@pytest.mark.slow
def test_one_and_two_threads_give_the_same_bytes(tmp_path):
    """Bundle, list and backtest; a matrix product by two threads adds a row at their border otherwise."""
    for threads in "12":
        asked = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        subprocess.run([sys.executable, "-c", JOBS, str(tmp_path / threads)], check=True, env=asked)
    one, two = files(tmp_path / "1"), files(tmp_path / "2")
    assert {"list.parquet", "backtest/stopped.csv"} <= set(one)
    assert set(one) == set(two)
    assert [name for name in one if one[name] != two[name]] == []
