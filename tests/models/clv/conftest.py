"""The CDNOW files inside the lifetimes package, which is located and never imported."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd
import pytest


def dataset(name: str) -> Path:
    spec = importlib.util.find_spec("lifetimes")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "datasets" / name


@pytest.fixture(scope="session")
def cdnow() -> pd.DataFrame:
    """The 1/10 sample in weeks rounded to two decimals, as the papers used it; 2,357 customers."""
    table = pd.read_csv(dataset("cdnow_customers_summary_with_transactions.csv"), index_col="ID")
    return table.rename(columns={"x": "frequency", "zbar": "monetary_value"})


@pytest.fixture(scope="session")
def cdnow_log() -> pd.DataFrame:
    """All purchases of the 1/10 sample over 78 weeks: customer_id, day, amount."""
    names = ["master", "customer_id", "day", "units", "amount"]
    table = pd.read_csv(dataset("CDNOW_sample.txt"), sep=r"\s+", header=None, names=names)
    table["day"] = pd.to_datetime(table["day"].astype(str), format="%Y%m%d")
    return table[["customer_id", "day", "amount"]]


def summary_until(table: pd.DataFrame, end: str) -> pd.DataFrame:
    """The summary in days of everything up to and including `end`."""
    last = pd.Timestamp(end)
    days = table[table["day"] <= last].groupby(["customer_id", "day"], as_index=False)["amount"].sum()
    first = days.groupby("customer_id")["day"].min()
    repeat = days[days["day"] > days["customer_id"].map(first)].groupby("customer_id")
    summary = pd.DataFrame({"T": (last - first).dt.days.astype(float)})
    summary["frequency"] = repeat.size().reindex(summary.index, fill_value=0)
    summary["t_x"] = (repeat["day"].max() - first).dt.days.reindex(summary.index).fillna(0.0)
    summary["monetary_value"] = repeat["amount"].mean().reindex(summary.index).fillna(0.0)
    return summary
