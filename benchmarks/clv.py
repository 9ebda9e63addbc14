"""How fast purchase models are beside lifetimes, in one run: `python benchmarks/clv.py`.

How good they are is in `clv_holdout.py`, pymc-marketing in `clv_pymc.py`.

Times are processor seconds, so that a busy machine does not favour one side; set OMP_NUM_THREADS=1. Whether
both sides reach the same log-likelihood is printed beside each ratio. Nothing is asserted: read the numbers.
"""

from __future__ import annotations

import argparse
import contextlib
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

from crm_ml.data.reading import read_transactions
from crm_ml.features.summary import rfm_summary
from crm_ml.models.clv.bg_bb import BGBB
from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.gamma_gamma import GammaGamma
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.log_summary import summary_from_log
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
    """Time the way from raw purchases to a fitted model: our quick way and our checked way, and theirs."""
    rng = np.random.default_rng(1)
    table = customers(n)
    born = 273 - table["T"].to_numpy()
    owner = np.repeat(np.arange(n), table["frequency"].to_numpy().astype(int))
    when = born[owner] + np.ceil(rng.random(len(owner)) * table["t_x"].to_numpy()[owner])
    days = np.concatenate([born, when]).astype(int)
    log = pd.DataFrame({"customer_id": np.concatenate([np.arange(n), owner])})
    log["day"] = pd.Timestamp("1997-01-01") + pd.to_timedelta(days, unit="D")

    def theirs() -> object:
        summary = summary_data_from_transaction_data(
            log, "customer_id", "day", observation_period_end="1997-10-01"
        )
        return lifetimes.BetaGeoFitter().fit(summary["frequency"], summary["recency"], summary["T"])

    def checked() -> object:
        tx = read_transactions(log, customer_id="customer_id", timestamp="day")
        return BGNBD().fit(rfm_summary(tx, "1997-10-01", grouped=True))

    quick, _ = timed(lambda: BGNBD().fit(summary_from_log(log, "customer_id", "day", "1997-10-01")), 2)
    whole, _ = timed(checked, 2)
    other, _ = timed(theirs)
    head = f"raw log ({len(log):,} rows) to fitted model"
    return [
        f"{head}: summary_from_log {quick:.2f} s, lifetimes {other:.2f} s: ratio {other / quick:.0f}",
        f"the same with every check of read_transactions {whole:.2f} s: ratio {other / whole:.1f}",
    ]


def opportunities(n: int, most: int) -> str:
    """Time BG/BB on customers with up to `most` opportunities, beside lifetimes on the same groups."""
    model = BGBB()
    model.params_ = pd.Series({"alpha": 1.2, "beta": 2.75, "gamma": 0.66, "delta": 20.8})
    ages = np.random.default_rng(0).integers(most // 2, most + 1, n).astype(float)
    rows, _ = read_rows(simulate(model, ages, seed=0)).grouped()
    groups = pd.DataFrame({"frequency": rows.x, "t_x": rows.t_x, "T": rows.T, "count": rows.count})
    ours, _ = timed(lambda: BGBB().fit(groups), 3)
    text = f"BG/BB, {n:,} customers, up to {most} opportunities ({len(groups):,} groups): ours {ours:.3f} s"
    x, t_x, T = (groups[name].astype(int) for name in ("frequency", "t_x", "T"))
    try:
        with contextlib.redirect_stdout(None):  # where its search fails it prints the whole of it
            theirs, _ = timed(lambda: lifetimes.BetaGeoBetaBinomFitter().fit(x, t_x, T, groups["count"]))
    except Exception as error:
        return f"{text}, lifetimes: {type(error).__name__}"
    return f"{text}, lifetimes {theirs:.2f} s: ratio {theirs / ours:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument(
        "--plain-limit", type=int, default=100_000, help="largest base for plain lifetimes.fit"
    )
    parser.add_argument(
        "--log", type=int, default=0, help="customers of the raw-log comparison; 0 leaves it out"
    )
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
    print("\n## BG/BB\n")
    for n, most in ((10_000, 52), (10_000, 300)):
        print("-", opportunities(n, most), flush=True)
    print(f"\npeak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
