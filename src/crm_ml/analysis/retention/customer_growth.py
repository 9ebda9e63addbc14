"""How much each customer grew against the same period a year before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished
from crm_ml.analysis.retention.bridge import customer_changes
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.totals import last_window, measure_of, units
from crm_ml.analysis.words import note
from crm_ml.data.windows import DateLike, Window, as_day

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["growth_per_customer"]


def growth_per_customer(
    tx: Transactions,
    groups: IntoFrame | None = None,
    *,
    group: str = "satisfaction",
    as_of: DateLike | None = None,
    period_days: int = 365,
    years_back_days: int = 365,
) -> Result:
    """Measure revenue growth of customers active in both periods, by group (such as satisfaction).

    Parameters
    ----------
    tx : Transactions
        The log.
    groups : table, optional
        ``customer_id`` and the column `group`.
    group : str
        Column of `groups`.
    as_of, period_days
        The last period and its length.
    years_back_days : int
        How much earlier the period lies that it is compared with: 365 compares the same season.

    Returns
    -------
    Result
        The group, ``customers, before, after, growth`` (Σ after ÷ Σ before − 1), ``median_growth`` and
        ``share_growing``.
    """
    measure = measure_of(tx)
    later = last_window(tx, as_of, period_days)
    earlier = Window(later.cutoff_day - years_back_days, period_days)
    changes = customer_changes(tx, earlier, later, measure)
    both = changes[changes["event"].isin(["grown", "shrunk", "same"]) & (changes["before"] > 0)].copy()
    both["growth"] = both["after"] / both["before"] - 1
    both[group] = "all"
    if groups is not None:
        named = customer_table(groups, group, name="groups")[group]
        both[group] = named.reindex(both.index).astype("object").where(lambda cells: cells.notna(), "unknown")
    grouped = both.groupby(group)
    sums = grouped[["before", "after"]].sum() / units(measure)
    table = pd.DataFrame({"customers": grouped.size(), **sums, "growth": sums["after"] / sums["before"] - 1})
    table["median_growth"] = grouped["growth"].median()
    table["share_growing"] = grouped["growth"].agg(lambda growth: float(np.mean(growth > 0)))
    short = as_day(tx.first_day) > earlier.cutoff_day
    return finished(
        "growth_per_customer",
        table.reset_index(),
        source="DOMAIN 52; S4 s96, s104",
        parameters={"period_days": period_days, "years_back_days": years_back_days, "currency": tx.currency},
        basis=(tx.basis or "revenue") if measure == "revenue" else measure,
        n=len(both),
        warnings=(note("period_before_data", first=tx.first_day),) if short else (),
        plotter=charts.bars(group, "growth", "median_growth", share=True),
    )
