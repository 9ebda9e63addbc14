"""How far the sum of a forecast is off, and what mends it: `python benchmarks/clv_level.py [BASE …]`.

Pareto/NBD with gamma-gamma is fitted at many cutoffs of three real bases (folder in CRM_ML_DATA), and its sum
over all customers is compared with what came. Each correction uses days before the cutoff only: the last
period of the same length, half of that (its root), or the same period a year ago; `as before` forecasts the
last period again.
"""

from __future__ import annotations

import os
import sys
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.log_summary import summary_from_log
from crm_ml.models.clv.pareto_nbd import ParetoNBD

warnings.simplefilter("ignore")
DATA = Path(os.environ.get("CRM_ML_DATA", "../shared/data"))
YEAR, LEAST_HISTORY = 365, 60
BASES = {"cdnow": (30, (90, 182)), "superstore": (61, (90, 182)), "online_retail": (30, (60, 90))}


def read(name: str) -> pd.DataFrame:
    """Return customer, day and amount, one row a customer and day; returns of goods are left out."""
    table = pd.read_parquet(DATA / f"{name}.parquet")
    if name == "online_retail":
        table = table[table["customer_id"].notna() & (table["quantity"] > 0) & (table["unit_price"] > 0)]
        table = table.assign(amount=table["quantity"] * table["unit_price"])
    names = {
        "date": "when",
        "order_date": "when",
        "invoice_ts": "when",
        "amount_usd": "amount",
        "sales": "amount",
    }
    table = table.rename(columns=names)
    table["when"] = pd.to_datetime(table["when"]).dt.normalize()
    return table.groupby(["customer_id", "when"], as_index=False)["amount"].sum()


def judge(name: str) -> pd.DataFrame:
    log = read(name)
    day = (log["when"] - pd.Timestamp("1970-01-01")).dt.days
    first = day.groupby(log["customer_id"]).transform("min")

    def came(cutoff: int, horizon: int) -> np.ndarray:
        """Return purchases and money of the customers known at the cutoff."""
        some = log[(first < cutoff) & (day >= cutoff) & (day < cutoff + horizon)]
        return np.array([len(some), some["amount"].sum()])

    @cache
    def forecast(cutoff: int, horizon: int) -> np.ndarray:
        summary = summary_from_log(log, "customer_id", "when", cutoff, amount="amount")
        found = (
            LifetimeValue(ParetoNBD())
            .fit(summary)
            .predict(horizon_days=horizon, discount_rate=0, interval=None)
        )
        return found[["expected_purchases", "clv"]].sum().to_numpy()

    rows = []
    step, horizons = BASES[name]
    for horizon in horizons:
        for cutoff in range(day.min() + horizon + LEAST_HISTORY, day.max() + 2 - horizon, step):
            plain, truth, last = forecast(cutoff, horizon), came(cutoff, horizon), cutoff - horizon
            ratio = came(last, horizon) / forecast(last, horizon)
            tried = {"plain": plain, "last period": plain * ratio, "half of it": plain * np.sqrt(ratio)}
            tried["as before"] = came(last, horizon)
            if cutoff - YEAR >= day.min() + LEAST_HISTORY:
                ago = cutoff - YEAR
                tried["a year ago"] = plain * came(ago, horizon) / forecast(ago, horizon)
            errors = {way: np.abs(sums / truth - 1) for way, sums in tried.items()}
            rows += [
                {
                    "base": name,
                    "days": horizon,
                    "of": of,
                    "cutoffs": 1,
                    **{way: one[k] for way, one in errors.items()},
                }
                for k, of in enumerate(("purchases", "money"))
            ]
    table = pd.DataFrame(rows).groupby(["base", "days", "of"])
    return table.mean().assign(cutoffs=table["cutoffs"].sum())


def main() -> None:
    chosen = sys.argv[1:] or list(BASES)
    print("mean absolute error of the sum, in %")
    for name in chosen:
        table = judge(name)
        print((table * 100).round(0).assign(cutoffs=table["cutoffs"]).to_string(), flush=True)


if __name__ == "__main__":
    main()
