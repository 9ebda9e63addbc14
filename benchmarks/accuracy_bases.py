"""The bases of `accuracy.py`: what is read, at which cutoff it is judged, and what the figure is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crm_ml.data.reading import read_transactions
from crm_ml.data.simulation import make_transactions
from crm_ml.data.transactions import Transactions
from crm_ml.jobs.config import TrainConfig
from crm_ml.jobs.config_file import load_config
from crm_ml.jobs.inputs import read_log

__all__ = ["CASES", "Case", "planted", "simulated"]

CONFIGS = Path(__file__).resolve().parent.parent / "configs"


@dataclass(frozen=True)
class Case:
    """One test window of one base.

    `seen` says what the window was used for before: "development" (settings were chosen on it) or "test".
    `learn_days` is the horizon of the labels that models learn from, where the horizon itself does not fit
    twice into the history; the ranking is then judged on the longer one.
    """

    base: str
    read: Callable[[], Transactions]
    cutoff: str
    horizon_days: int
    tasks: tuple[str, ...]
    seen: str = "test"
    learn_days: int = 0


def _config(name: str) -> Callable[[], Transactions]:
    def read() -> Transactions:
        config = load_config(CONFIGS / f"{name}.yaml", TrainConfig)
        return read_log(config.data, config.engine)

    return read


def planted(seed: int = 11) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return order lines and truth of a simulated base of which everything is known."""
    return make_transactions(4_000, days=800, seed=seed)


def simulated() -> Transactions:
    """Return the simulated base as a log."""
    lines, _ = planted()
    return read_transactions(lines, customer_id="customer_id", timestamp="date", amount="amount")


ALL = ("stopped", "at_risk", "value")
CASES = (
    Case("CDNOW", _config("cdnow"), "1997-10-01", 273, ("stopped", "value"), learn_days=90),
    Case("CDNOW", _config("cdnow"), "1997-10-01", 90, ("stopped", "value"), "development"),
    Case("CDNOW", _config("cdnow"), "1998-01-02", 90, ALL, "development"),
    Case("CDNOW", _config("cdnow"), "1998-04-02", 90, ALL, "test, looked at by an earlier author"),
    Case("Online Retail", _config("online_retail"), "2011-06-01", 90, ("stopped", "value")),
    Case("Online Retail", _config("online_retail"), "2011-06-01", 45, ALL),
    Case("Online Retail", _config("online_retail"), "2011-06-01", 30, ALL),
    Case("Online Retail", _config("online_retail"), "2011-07-15", 30, ALL),
    Case("Superstore", _config("superstore"), "2019-07-04", 180, ("stopped", "value")),
    Case("Simulated", simulated, "2023-12-11", 90, ALL),
)
