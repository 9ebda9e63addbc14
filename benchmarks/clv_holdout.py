"""How good purchase models are on later data, beside lifetimes: `python benchmarks/clv_holdout.py`.

CDNOW, all 23,570 customers: fitted on the nine months before 1997-10-01, judged on the nine months after it.
Limits are 95 % of resamples of customers.
"""

from __future__ import annotations

import argparse
import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import lifetimes

from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.erlang_nbd import ErlangNBD
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.log_summary import summary_from_log
from crm_ml.models.clv.mbg_nbd import MBGNBD
from crm_ml.models.clv.outcomes import outcome_interval
from crm_ml.models.clv.pareto_nbd import ParetoNBD

warnings.simplefilter("ignore")
CUTOFF, HORIZON = pd.Timestamp("1997-10-01"), 273
THEIRS = {"BGNBD": "BetaGeoFitter", "MBGNBD": "ModifiedBetaGeoFitter", "ParetoNBD": "ParetoNBDFitter"}
HEAD = """| score | RMSE | AUC of buying | spend Gini | cumulative error | coverage of 90 % limits |
|---|---|---|---|---|---|"""


def read_log() -> pd.DataFrame:
    spec = importlib.util.find_spec("lifetimes")
    assert spec is not None
    assert spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "datasets" / "CDNOW_master.txt"
    log = pd.read_csv(path, sep=r"\s+", skiprows=1, names=["customer_id", "day", "units", "amount"])
    log["day"] = pd.to_datetime(log["day"].astype(str), format="%Y%m%d")
    return log.groupby(["customer_id", "day"], as_index=False)["amount"].sum()


def auc(actual: np.ndarray, score: np.ndarray) -> float:
    rank, positive = pd.Series(score).rank().to_numpy(), actual > 0
    above = rank[positive].sum() - positive.sum() * (positive.sum() + 1) / 2
    return float(above / (positive.sum() * (~positive).sum()))


def gini(actual: np.ndarray, score: np.ndarray) -> float:
    def area(key: np.ndarray) -> float:
        ordered = actual[np.argsort(-key, kind="stable")]
        return float(np.cumsum(ordered).sum() / ordered.sum() - (len(ordered) + 1) / 2)

    return area(score) / area(actual)


def with_limits(measure: Callable[..., float], *columns: np.ndarray, form: str = ".3f") -> str:
    rng, n = np.random.default_rng(0), len(columns[0])
    draws = [measure(*(one[at] for one in columns)) for at in (rng.integers(0, n, n) for _ in range(200))]
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{measure(*columns):{form}} ({low:{form}} to {high:{form}})"


def their_forecast(kind: str, summary: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return purchases and spend as lifetimes forecasts them, in weeks, as its papers do."""
    fitter = getattr(lifetimes, THEIRS[kind])()
    x, t_x, T = summary["frequency"], summary["t_x"] / 7, summary["T"] / 7
    fitter.fit(x, t_x, T)
    expected = np.asarray(fitter.conditional_expected_number_of_purchases_up_to_time(HORIZON / 7, x, t_x, T))
    some = summary[(summary["frequency"] > 0) & (summary["monetary_value"] > 0)]
    money = lifetimes.GammaGammaFitter().fit(some["frequency"], some["monetary_value"])
    value = money.conditional_expected_average_profit(summary["frequency"], summary["monetary_value"])
    return expected, expected * value.to_numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=400, help="simulated futures for the coverage")
    draws = parser.parse_args().draws
    log = read_log()
    early, late = log[log["day"] < CUTOFF], log[log["day"] >= CUTOFF]
    summary = summary_from_log(log, "customer_id", "day", "1997-10-01", amount="amount").sort_index()
    late_by = late.groupby("customer_id")["amount"]
    counts = late_by.size().reindex(summary.index, fill_value=0).to_numpy()
    spend = late_by.sum().reindex(summary.index, fill_value=0.0).to_numpy()

    def row(name: str, expected: np.ndarray, money: np.ndarray, coverage: str = "–") -> None:
        cells = [
            with_limits(lambda a, e: float(np.sqrt(np.mean((a - e) ** 2))), counts, expected),
            with_limits(auc, counts, expected, form=".4f"),
            with_limits(gini, spend, money, form=".4f"),
            with_limits(lambda a, e: float(e.sum() / a.sum() - 1), counts, expected, form="+.1%"),
        ]
        print(f"| {name} | {' | '.join(cells)} | {coverage} |", flush=True)

    print(f"lifetimes {lifetimes.__version__}\n\n{HEAD}")
    naive = (summary["frequency"] / summary["T"] * HORIZON).to_numpy()
    mean = early.groupby("customer_id")["amount"].mean().reindex(summary.index).to_numpy()
    row("naive rate, times own mean value", naive, naive * mean)
    for kind in (BGNBD, MBGNBD, ParetoNBD, ErlangNBD):
        model = LifetimeValue(kind()).fit(summary)
        found = model.predict(horizon_days=HORIZON, discount_rate=0, interval=None)
        limits = outcome_interval(model, summary, horizon_days=HORIZON, draws=draws)
        inside = (limits["purchases_low"] <= counts) & (counts <= limits["purchases_high"])
        paid = (limits["value_low"] <= spend) & (spend <= limits["value_high"])
        again = summary["frequency"].to_numpy() > 0
        coverage = (
            f"purchases {inside.mean():.3f} (repeaters {inside[again].mean():.3f}), spend {paid.mean():.3f}"
        )
        row(
            f"{kind.__name__}, ours",
            found["expected_purchases"].to_numpy(),
            found["clv"].to_numpy(),
            coverage,
        )
        if kind.__name__ in THEIRS:
            try:
                row(f"{kind.__name__}, lifetimes", *their_forecast(kind.__name__, summary))
            except Exception as error:
                print(f"| {kind.__name__}, lifetimes | {type(error).__name__} | | | | |")


if __name__ == "__main__":
    main()
