"""How much of the decay chance alone would show: regression to the mean, measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from crm_ml.analysis import charts
from crm_ml.analysis.day_table import customer_days, fetch
from crm_ml.analysis.results import empty_result, finished
from crm_ml.analysis.totals import measure_of, window_pair
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_positive
from crm_ml.data.windows import DateLike, Window
from crm_ml.features.in_memory.sorting import first_places

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["decay_net_of_chance"]

# Purchase days and value in the earlier and the later period.
_PERIODS = ("count", "later", "before", "after")


def decay_net_of_chance(
    tx: Transactions,
    *,
    min_purchases: tuple[int, ...] = (1, 3, 5),
    measure: str | None = None,
    windows: tuple[Window, Window] | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
    draws: int = 40,
    sample: int = 50_000,
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
    sample : int
        Chance is computed on at most so many customers; the losses themselves on all.
    seed : int
        Seed of the draws and of the sample.

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
    customers = _by_period(tx, earlier, later, chosen)
    actual = _losses(customers, min_purchases)
    if not actual[:, 0].any():
        return empty_result("decay_net_of_chance", note("no_customers"))
    both = Window(earlier.cutoff, earlier.horizon_days + later.horizon_days)
    generator = np.random.default_rng(seed)
    ids = customers["customer_id"].to_numpy()
    drawn = ids if len(ids) <= sample else ids[np.sort(generator.choice(len(ids), sample, replace=False))]
    days = _days_of(tx, both, chosen, drawn)
    part = earlier.horizon_days / both.horizon_days
    shuffles = _shuffles(days, part, draws, generator)
    null = np.mean([_losses(shuffled, min_purchases) for shuffled in shuffles], axis=0)
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
    for ratio, loss in (("ratio", "loss"), ("ratio_chance", "chance")):
        stopped = table[f"{loss}_stopped"]
        table[ratio] = table[f"{loss}_shrunk"] / stopped.where(stopped > 0)
    return finished(
        "decay_net_of_chance",
        table,
        source="DOMAIN 42 and §4; S4 s90; regression to the mean: Galton (1886)",
        parameters={
            "measure": chosen,
            "draws": draws,
            "sample": int(days["customer_id"].nunique()),
            "seed": seed,
            "split": str(later.cutoff),
        },
        basis=(tx.basis or "revenue") if chosen == "revenue" else chosen,
        n=len(ids),
        warnings=(note("sampled", customers=sample),) if len(ids) > sample else (),
        plotter=charts.bars(
            "min_purchases", "loss_stopped", "chance_stopped", "loss_shrunk", "chance_shrunk", share=True
        ),
    )


def _value(measure: str) -> nw.Expr:
    return nw.col("purchase") if measure == "orders" else nw.col(measure)


def _by_period(tx: Transactions, earlier: Window, later: Window, measure: str) -> pd.DataFrame:
    """Return purchase days and value of each customer in both periods: ``count, later, before, after``."""

    def side(window: Window, *columns: str) -> nw.LazyFrame[Any]:
        bought = customer_days(tx, window).filter(nw.col("purchase") == 1)
        found = {columns[0]: nw.col("purchase"), columns[1]: _value(measure)}
        found |= {other: nw.lit(0) for other in columns[2:]}
        return bought.select("customer_id", *(found[name].cast(nw.Int64).alias(name) for name in _PERIODS))

    first, second = (
        side(earlier, "count", "before", "later", "after"),
        side(later, "later", "after", "count", "before"),
    )
    sums = [nw.col(name).sum().cast(nw.Int64) for name in _PERIODS]
    return fetch(tx, nw.concat([first, second]).group_by("customer_id").agg(*sums), "customer_id")


def _days_of(tx: Transactions, window: Window, measure: str, drawn: NDArray[Any]) -> pd.DataFrame:
    """Return the value of each purchase day of some customers, by ``customer_id`` and day."""
    bought = customer_days(tx, window).filter(nw.col("purchase") == 1)
    wanted = tx.engine.from_arrow(pa.table({"customer_id": drawn}))
    bought = bought.join(wanted, on="customer_id", how="inner")
    return fetch(tx, bought.select("customer_id", "day", value=_value(measure)), "customer_id", "day")


def _shuffles(
    days: pd.DataFrame, part: float, draws: int, generator: np.random.Generator
) -> Iterator[pd.DataFrame]:
    """Yield the same sums with each purchase day put in the earlier period with probability `part`."""
    value = days["value"].to_numpy(dtype="int64")
    starts = first_places(days["customer_id"].to_numpy())
    count, total = np.diff(starts, append=len(days)), np.add.reduceat(value, starts)
    for _ in range(draws):
        first = generator.random(len(days)) < part
        earlier = np.add.reduceat(first, starts, dtype=np.int64)
        before = np.add.reduceat(value * first, starts)
        yield pd.DataFrame(
            {"count": earlier, "later": count - earlier, "before": before, "after": total - before}
        )


def _losses(table: pd.DataFrame, min_purchases: tuple[int, ...]) -> NDArray[np.float64]:
    count, later, before, after = (table[name].to_numpy() for name in _PERIODS)
    rows = []
    for least in min_purchases:
        eligible = count >= least
        base = before[eligible].sum()
        stopped = before[eligible & (later == 0)].sum()
        shrunk = (before - after)[eligible & (later > 0) & (after < before)].sum()
        rows.append((eligible.sum(), *(np.array([stopped, shrunk]) / base if base > 0 else (np.nan, np.nan))))
    return np.array(rows)
