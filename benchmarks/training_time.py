"""Training and backtest beside the bare LightGBM fits in them: `python benchmarks/training_time.py [DAYS …]`.

Processor seconds, on Online Retail (CRM_ML_DATA); set OMP_NUM_THREADS=1. "Bare" is everything inside
`lightgbm.train` while the jobs run: bins, trees, early stopping and the last fits.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm

from crm_ml.base.exceptions import CrmMlWarning
from crm_ml.jobs.backtest import run_backtest
from crm_ml.jobs.config import BacktestConfig, TrainConfig
from crm_ml.jobs.config_file import load_config
from crm_ml.jobs.train import train

CONFIG = Path(__file__).resolve().parent.parent / "configs" / "online_retail.yaml"


class Bare:
    """`lightgbm.train` with a clock and a counter."""

    def __init__(self) -> None:
        self.work, self.seconds, self.fits = lightgbm.train, 0.0, 0

    def __call__(self, *args: Any, **options: Any) -> Any:
        start = time.process_time()
        booster = self.work(*args, **options)
        self.seconds += time.process_time() - start
        self.fits += 1
        return booster


def measured(name: str, job: Callable[[], object], bare: Bare) -> tuple[float, float]:
    start, inside = time.process_time(), bare.seconds
    job()
    whole, fits = time.process_time() - start, bare.seconds - inside
    print(f"{name}: {whole:.1f} s, bare LightGBM in it {fits:.1f} s: {whole / fits:.1f} times")
    return whole, fits


def main() -> None:
    warnings.simplefilter("ignore", CrmMlWarning)
    bare = Bare()
    lightgbm.train = bare
    with tempfile.TemporaryDirectory() as folder:
        quiet = {"out": folder, "tracking.enabled": False}
        for horizon in [int(days) for days in sys.argv[1:]] or (90, 30):
            options = {**quiet, "horizon_days": horizon}
            training = load_config(CONFIG, TrainConfig, options)
            past = load_config(CONFIG, BacktestConfig, options)
            first = measured(f"{horizon} days, training", lambda one=training: train(one, quiet=True), bare)
            second = measured(
                f"{horizon} days, backtest", lambda one=past: run_backtest(one, quiet=True), bare
            )
            whole, fits = (one + other for one, other in zip(first, second, strict=True))
            print(f"{horizon} days, both: {whole:.1f} s against {fits:.1f} s: {whole / fits:.1f} times")
    print(f"LightGBM fits: {bare.fits}")


if __name__ == "__main__":
    main()
