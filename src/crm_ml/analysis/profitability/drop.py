"""What saying goodbye to loss-making customers would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.base.validation import check_fraction

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["drop_simulation"]


def drop_simulation(customers: IntoFrame, *, fixed_share: float = 0.5, below: float = 0.0) -> Result:
    """Take the customers with a profit below a limit away, and see revenue and profit change.

    Parameters
    ----------
    customers : table
        ``customer_id, revenue, profit``, and where known ``cost_to_serve``.
    fixed_share : float
        Share of their cost to serve that stays when they leave, because it is fixed. Without
        ``cost_to_serve`` their costs are revenue − profit.
    below : float
        Customers with a profit below this are dropped.

    Returns
    -------
    Result
        One row a scenario (``today``, ``dropped_all_saved``, ``dropped_part_saved``).

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "revenue": [100, 50], "profit": [30, -10]})
    >>> drop_simulation(table).table[["scenario", "revenue", "profit"]]
                 scenario  revenue  profit
    0               today    150.0    20.0
    1   dropped_all_saved    100.0    30.0
    2  dropped_part_saved    100.0     0.0
    """
    check_fraction(fixed_share, what="fixed_share")
    raw = customer_table(customers, "revenue", "profit", name="customers")
    table = pd.DataFrame(
        {name: numeric(raw, name, name="customers") for name in ("revenue", "profit")}
    ).dropna()
    served = "cost_to_serve" in raw.columns
    cost = (
        numeric(raw, "cost_to_serve", name="customers").reindex(table.index)
        if served
        else table.revenue - table.profit
    )
    dropped = table["profit"] < below
    stays = float(cost[dropped].sum()) * fixed_share
    kept = table[~dropped]
    today = (float(table["revenue"].sum()), float(table["profit"].sum()))
    after = (float(kept["revenue"].sum()), float(kept["profit"].sum()))
    rows = [
        ("today", len(table), *today),
        ("dropped_all_saved", len(kept), *after),
        ("dropped_part_saved", len(kept), after[0], after[1] - stays),
    ]
    found = pd.DataFrame(rows, columns=["scenario", "customers", "revenue", "profit"])
    found["delta_revenue"] = found["revenue"] - today[0]
    found["delta_profit"] = found["profit"] - today[1]
    return finished(
        "drop_simulation",
        found,
        source="DOMAIN 28; S4 s35; share of fixed cost: own default",
        parameters={
            "fixed_share": fixed_share,
            "below": below,
            "cost": "cost_to_serve" if served else "revenue - profit",
        },
        basis="profit",
        n=len(table),
        figures={"customers_dropped": float(dropped.sum()), "fixed_cost_that_stays": stays},
        plotter=charts.bars("scenario", "revenue", "profit"),
    )
