"""How much of the decay chance alone would show: regression to the mean, measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crm_ml.analysis import charts
from crm_ml.analysis.results import empty_result, finished
from crm_ml.analysis.totals import collect, customer_days, measure_of, window_pair
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_positive
from crm_ml.data.windows import DateLike, Window

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["decay_net_of_chance"]


def decay_net_of_chance(
    tx: Transactions,
    *,
    min_purchases: tuple[int, ...] = (1, 3, 5),
    measure: str | None = None,
    windows: tuple[Window, Window] | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
    draws: int = 40,
    seed: int = 0,
) -> Result:
    """Set the loss through stopping and shrinking beside what chance makes when nobody changes.

    Parameters
    ----------
    tx : Transactions
        The log.
    min_purchases : tuple of int
        Eligible are customers with at least so many purchase days in the earlier period; one row each.
    measure : str, optional
        ``revenue``, ``margin`` or ``orders``.
    windows : tuple of (Window, Window), optional
        Earlier and later period, adjoining; otherwise the last two of `period_days`.
    as_of, period_days
        The last period and its length.
    draws : int
        How often each customer's purchase days are spread at random over both periods.
    seed : int
        Seed of the draws.

    Returns
    -------
    Result
        A row for each eligibility: customers, loss through ``stopped`` and ``shrunk`` as shares of their
        earlier value, the same under chance, the excess over chance, and both ratios shrunk ÷ stopped.

    Notes
    -----
    The null keeps each customer's total over both periods, so it is a strict one.
    """
    check_positive(draws, what="draws")
    chosen = measure_of(tx, measure)
    earlier, later = windows or window_pair(tx, as_of, period_days)
    days = _purchase_days(tx, Window(earlier.cutoff, earlier.horizon_days + later.horizon_days), chosen)
    if days.empty:
        return empty_result("decay_net_of_chance", note("no_customers"))
    observed = (days["day"] - earlier.cutoff_day < earlier.horizon_days).to_numpy()
    part = earlier.horizon_days / (earlier.horizon_days + later.horizon_days)
    generator = np.random.default_rng(seed)
    actual = _losses(days, observed, min_purchases)
    null = np.mean(
        [_losses(days, generator.random(len(days)) < part, min_purchases) for _ in range(draws)], axis=0
    )
    table = pd.DataFrame(
        {
            "min_purchases": min_purchases,
            "customers": actual[:, 0].astype(int),
            "loss_stopped": actual[:, 1],
            "loss_shrunk": actual[:, 2],
            "chance_stopped": null[:, 1],
            "chance_shrunk": null[:, 2],
        }
    )
    for name in ("stopped", "shrunk"):
        table[f"excess_{name}"] = table[f"loss_{name}"] - table[f"chance_{name}"]
    table["ratio"] = table["loss_shrunk"] / table["loss_stopped"].where(table["loss_stopped"] > 0)
    table["ratio_chance"] = table["chance_shrunk"] / table["chance_stopped"].where(
        table["chance_stopped"] > 0
    )
    return finished(
        "decay_net_of_chance",
        table,
        source="DOMAIN 42 and §4; S4 s90; regression to the mean: Galton (1886)",
        parameters={"measure": chosen, "draws": draws, "seed": seed, "split": str(later.cutoff)},
        basis=(tx.basis or "revenue") if chosen == "revenue" else chosen,
        n=int(days["customer"].nunique()),
        plotter=charts.bars(
            "min_purchases", "loss_stopped", "chance_stopped", "loss_shrunk", "chance_shrunk", share=True
        ),
    )


def _purchase_days(tx: Transactions, window: Window, measure: str) -> pd.DataFrame:
    value: Any = nw.col("purchase") if measure == "orders" else nw.col(measure)
    bought = customer_days(tx, window).filter(nw.col("purchase") == 1)
    days = collect(tx, bought.select("customer_id", "day", value=value), "customer_id", "day")
    days["customer"] = pd.factorize(days["customer_id"])[0]
    return days


def _losses(
    days: pd.DataFrame, first: NDArray[np.bool_], min_purchases: tuple[int, ...]
) -> NDArray[np.float64]:
    customer, value = days["customer"].to_numpy(), days["value"].to_numpy(dtype="float64")
    n = int(customer.max()) + 1
    count = np.bincount(customer, weights=first, minlength=n)
    later = np.bincount(customer, weights=~first, minlength=n)
    before = np.bincount(customer, weights=value * first, minlength=n)
    after = np.bincount(customer, weights=value * ~first, minlength=n)
    rows = []
    for least in min_purchases:
        eligible = count >= least
        base = before[eligible].sum()
        stopped = before[eligible & (later == 0)].sum()
        shrunk = (before - after)[eligible & (later > 0) & (after < before)].sum()
        rows.append((eligible.sum(), *(np.array([stopped, shrunk]) / base if base > 0 else (np.nan, np.nan))))
    return np.array(rows)
