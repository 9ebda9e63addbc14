"""Purchase models against lifetimes, in one run on one machine: `python benchmarks/clv.py`.

Times are processor seconds, so that a busy machine does not favour one side; set OMP_NUM_THREADS=1. Whether
both sides reach the same log-likelihood is printed beside each ratio. Nothing is asserted: read the numbers.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import lifetimes
    from lifetimes.utils import summary_data_from_transaction_data

from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.gamma_gamma import GammaGamma
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.mbg_nbd import MBGNBD
from crm_ml.models.clv.pareto_nbd import ParetoNBD
from crm_ml.models.clv.rows import read_rows
from crm_ml.models.clv.simulation import simulate

warnings.simplefilter("ignore")
TRUTH = {"r": 0.24, "alpha": 31.0, "a": 0.79, "b": 2.43}  # CDNOW, in days
VALUE = {"p": 6.25, "q": 3.74, "v": 15.44}


def timed(work: Callable[[], object], repeats: int = 1) -> tuple[float, object]:
    best, result = np.inf, None
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result


def customers(n: int) -> pd.DataFrame:
    """Draw customers from BG/NBD and gamma-gamma; ages and purchases in whole days, as logs have them."""
    model, value = BGNBD(), GammaGamma()
    model.params_, value.params_ = pd.Series(TRUTH), pd.Series(VALUE)
    ages = np.random.default_rng(7).integers(190, 273, n).astype(float)
    table = simulate(model, ages, value=value, seed=7)
    table["t_x"] = np.where(table["frequency"] > 0, np.clip(np.ceil(table["t_x"]), 1, table["T"]), 0.0)
    return table[["frequency", "t_x", "T", "monetary_value"]]


def log_likelihood(ours: BGNBD, theirs: lifetimes.BetaGeoFitter, table: pd.DataFrame) -> tuple[float, float]:
    """Judge both parameter vectors by one function."""
    other = BGNBD()
    other.params_ = pd.Series({name: float(theirs.params_[name]) for name in ours.parameters})
    return ours.score(table), other.score(table)


def fits(table: pd.DataFrame, plain: bool) -> list[str]:
    rows, _ = read_rows(table).grouped()
    groups = pd.DataFrame({"frequency": rows.x, "t_x": rows.t_x, "T": rows.T, "count": rows.count})
    lines = [f"groups: {len(groups):,}"]
    ours_grouped, _ = timed(lambda: BGNBD().fit(groups), 5)
    ours_plain, ours = timed(lambda: BGNBD().fit(table), 3)
    theirs_grouped, theirs = timed(
        lambda: lifetimes.BetaGeoFitter().fit(
            groups["frequency"], groups["t_x"], groups["T"], weights=groups["count"]
        )
    )
    a, b = log_likelihood(ours, theirs, table)
    lines.append(
        f"log-likelihood per customer: ours {a:.9f}, lifetimes {b:.9f}, equal to 1e-6: {abs(a - b) < 1e-6}"
    )
    lines.append(
        f"fit on groups: ours {ours_grouped:.4f} s, lifetimes with weights {theirs_grouped:.2f} s: "
        f"ratio {theirs_grouped / ours_grouped:.0f}"
    )
    lines.append(f"fit on customers (grouping included): ours {ours_plain:.4f} s")
    if plain:
        theirs_plain, _ = timed(
            lambda: lifetimes.BetaGeoFitter().fit(table["frequency"], table["t_x"], table["T"])
        )
        lines[-1] += f", lifetimes {theirs_plain:.2f} s: ratio {theirs_plain / ours_plain:.0f}"
    return lines


def scoring(table: pd.DataFrame) -> list[str]:
    model = LifetimeValue(BGNBD()).fit(table)
    theirs, money = lifetimes.BetaGeoFitter(), lifetimes.GammaGammaFitter()
    theirs.params_, money.params_ = model.purchases_.params_, model.value_.params_
    theirs.predict = theirs.conditional_expected_number_of_purchases_up_to_time
    columns = table["frequency"], table["t_x"], table["T"]

    def points() -> list[object]:
        return [
            theirs.conditional_expected_number_of_purchases_up_to_time(365, *columns),
            theirs.conditional_probability_alive(*columns),
            money.customer_lifetime_value(theirs, *columns, table["monetary_value"], time=12, freq="D"),
        ]

    seconds, _ = timed(points)
    ours, _ = timed(lambda: model.predict(table, interval=None), 2)
    with_limits, _ = timed(lambda: model.predict(table))
    tracemalloc.start()
    model.predict(table)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return [
        "scoring (expected purchases, P(alive) or P(no purchase), CLV): "
        f"ours {ours:.2f} s, lifetimes {seconds:.2f} s: ratio {seconds / ours:.1f}",
        f"ours with intervals {with_limits:.2f} s (ratio {seconds / with_limits:.1f}), memory {peak:.0f} MB",
    ]


def from_log(n: int) -> list[str]:
    """Time the way from raw purchases to a fitted model."""
    rng = np.random.default_rng(1)
    table = customers(n)
    born = 273 - table["T"].to_numpy()
    repeats = table["frequency"].to_numpy().astype(int)
    owner = np.repeat(np.arange(n), repeats)
    when = born[owner] + np.ceil(rng.random(len(owner)) * table["t_x"].to_numpy()[owner])
    log = pd.DataFrame(
        {
            "customer_id": np.concatenate([np.arange(n), owner]),
            "day": np.concatenate([born, when]).astype(int),
        }
    )
    dated = log.assign(day=pd.Timestamp("1997-01-01") + pd.to_timedelta(log["day"], unit="D"))

    def ours() -> object:
        days = log.drop_duplicates()
        by = days.groupby("customer_id", sort=False)["day"].agg(["min", "max", "size"])
        summary = pd.DataFrame(
            {"frequency": by["size"] - 1, "t_x": by["max"] - by["min"], "T": 273 - by["min"]}
        )
        return BGNBD().fit(summary)

    def theirs() -> object:
        summary = summary_data_from_transaction_data(
            dated, "customer_id", "day", observation_period_end="1997-10-01"
        )
        return lifetimes.BetaGeoFitter().fit(summary["frequency"], summary["recency"], summary["T"])

    mine, _ = timed(ours)
    other, _ = timed(theirs)
    head = f"raw log ({len(log):,} rows) to fitted model"
    return [f"{head}: ours {mine:.2f} s, lifetimes {other:.2f} s: ratio {other / mine:.0f}"]


def auc(actual: np.ndarray, score: np.ndarray) -> float:
    order = pd.Series(score).rank().to_numpy()
    positive = actual > 0
    above = order[positive].sum() - positive.sum() * (positive.sum() + 1) / 2
    return float(above / (positive.sum() * (~positive).sum()))


def gini(actual: np.ndarray, score: np.ndarray) -> float:
    def area(key: np.ndarray) -> float:
        ordered = actual[np.argsort(-key, kind="stable")]
        return float(np.cumsum(ordered).sum() / ordered.sum() - (len(ordered) + 1) / 2)

    return area(score) / area(actual)


def their_value(summary: pd.DataFrame) -> np.ndarray:
    some = summary[(summary["frequency"] > 0) & (summary["monetary_value"] > 0)]
    fitter = lifetimes.GammaGammaFitter().fit(some["frequency"], some["monetary_value"])
    return fitter.conditional_expected_average_profit(
        summary["frequency"], summary["monetary_value"]
    ).to_numpy()


def hold_out() -> list[str]:
    """CDNOW, all 23,570 customers: nine months before 1997-10-01, nine months after it."""
    spec = importlib.util.find_spec("lifetimes")
    path = Path(spec.submodule_search_locations[0]) / "datasets" / "CDNOW_master.txt"
    log = pd.read_csv(path, sep=r"\s+", skiprows=1, names=["customer_id", "day", "units", "amount"])
    log["day"] = pd.to_datetime(log["day"].astype(str), format="%Y%m%d")
    cutoff = pd.Timestamp("1997-10-01")
    log = log.groupby(["customer_id", "day"], as_index=False)["amount"].sum()
    early, late = log[log["day"] < cutoff], log[log["day"] >= cutoff]
    by = early.groupby("customer_id")["day"]
    first = by.min()
    summary = pd.DataFrame(
        {"frequency": by.size() - 1, "t_x": (by.max() - first).dt.days, "T": (cutoff - first).dt.days - 1}
    )
    repeat = early[early["day"] > early["customer_id"].map(first)].groupby("customer_id")["amount"].mean()
    summary["monetary_value"] = repeat.reindex(summary.index).fillna(0.0)
    summary["first_value"] = early.sort_values("day").groupby("customer_id")["amount"].first()
    counts = late.groupby("customer_id").size().reindex(summary.index, fill_value=0).to_numpy()
    spend = late.groupby("customer_id")["amount"].sum().reindex(summary.index, fill_value=0.0).to_numpy()
    naive = summary["frequency"] / summary["T"] * 273
    mean = early.groupby("customer_id")["amount"].mean()
    scores = {"naive rate (times mean value)": [naive, naive * mean]}
    names = {"BGNBD": "BetaGeoFitter", "MBGNBD": "ModifiedBetaGeoFitter", "ParetoNBD": "ParetoNBDFitter"}
    for kind in (BGNBD, MBGNBD, ParetoNBD):
        found = LifetimeValue(kind()).fit(summary).predict(horizon_days=273, discount_rate=0, interval=None)
        scores[f"{kind.__name__}, ours"] = [found["expected_purchases"], found["clv"]]
        silent = -found["probability_no_purchase"]
        repeats = LifetimeValue(kind()).fit(summary.drop(columns="first_value"))
        repeats = repeats.predict(horizon_days=273, discount_rate=0, interval=None)
        scores[f"{kind.__name__}, ours, ranked by P(no purchase), value of repeats only"] = [
            found["expected_purchases"],
            repeats["clv"],
            silent,
        ]
        fitter = getattr(lifetimes, names[kind.__name__])()
        try:
            weeks = summary[["frequency", "t_x", "T"]] / [1, 7, 7]
            fitter.fit(weeks["frequency"], weeks["t_x"], weeks["T"])
            theirs = fitter.conditional_expected_number_of_purchases_up_to_time(
                39, weeks["frequency"], weeks["t_x"], weeks["T"]
            )
            scores[f"{kind.__name__}, lifetimes (value of repeats only)"] = [
                np.asarray(theirs),
                np.asarray(theirs) * their_value(summary),
            ]
        except Exception as error:
            print(f"{kind.__name__}, lifetimes: {type(error).__name__}")
    lines = [
        "| score | RMSE | AUC of buying (95 %) | spend Gini (95 %) | cumulative error |",
        "|---|---|---|---|---|",
    ]
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(counts), len(counts)) for _ in range(200)]
    for name, columns in scores.items():
        expected, money, ranking = (np.asarray(one) for one in [*columns, columns[0], columns[0]][:3])
        if len(columns) == 2:
            ranking = expected
        low_auc, high_auc = np.quantile([auc(counts[d], ranking[d]) for d in draws], [0.025, 0.975])
        low_gini, high_gini = np.quantile([gini(spend[d], money[d]) for d in draws], [0.025, 0.975])
        lines.append(
            f"| {name} | {np.sqrt(np.mean((counts - expected) ** 2)):.3f} "
            f"| {auc(counts, ranking):.4f} ({low_auc:.4f}–{high_auc:.4f}) "
            f"| {gini(spend, money):.4f} ({low_gini:.4f}–{high_gini:.4f}) "
            f"| {expected.sum() / counts.sum() - 1:+.1%} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument(
        "--plain-limit", type=int, default=100_000, help="largest base for plain lifetimes.fit"
    )
    parser.add_argument(
        "--log", type=int, default=0, help="customers of the raw-log comparison; 0 leaves it out"
    )
    parser.add_argument("--skip-holdout", action="store_true")
    parser.add_argument("--summary-csv", type=Path, help="write the first base for benchmarks/clv_pymc.py")
    parser.add_argument(
        "--judge", help='parameters of another fit as JSON, {"r": …}, judged on the first base'
    )
    options = parser.parse_args()
    print(f"lifetimes {lifetimes.__version__}, numpy {np.__version__}, pandas {pd.__version__}")
    for n in options.customers:
        print(f"\n## {n:,} simulated customers")
        table = customers(n)
        if options.summary_csv and n == options.customers[0]:
            columns = table[["frequency", "t_x", "T"]].rename(columns={"t_x": "recency"})
            columns.to_csv(options.summary_csv, index=False)
        if options.judge and n == options.customers[0]:
            other = BGNBD()
            other.params_ = pd.Series(json.loads(options.judge))
            print(f"- judged: log-likelihood per customer {other.score(table):.9f}")
        for line in fits(table, n <= options.plain_limit) + scoring(table):
            print("-", line, flush=True)
    if options.log:
        for line in from_log(options.log):
            print("-", line)
    if not options.skip_holdout:
        print("\n## CDNOW hold-out, 273 days\n")
        print("\n".join(hold_out()))
    print(f"\npeak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
