"""Resources in proportion to value, with floors and caps, set beside what is spent today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.apportion import apportion
from crm_ml.analysis.results import finished
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_positive

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["proportional_allocation"]


def proportional_allocation(
    customers: IntoFrame,
    total: float,
    *,
    weight: str = "profit",
    unit: float = 0.25,
    floor: float = 0.0,
    cap: float | None = None,
    actual: str = "hours",
) -> Result:
    """Divide hours (or another resource) over customers in proportion to their value.

    Parameters
    ----------
    customers : table
        ``customer_id``, the column `weight` (profit, lifetime value or rating) and, where known, the column
        `actual` with what each gets today.
    total : float
        Hours to divide.
    weight : str
        Column of the weights; a value below 0 counts as 0.
    unit : float
        Smallest unit, in hours; parts are whole units and add up to the total.
    floor, cap : float
        Least and most hours of a customer.
    actual : str
        Column with today's hours.

    Returns
    -------
    Result
        A row a customer: the weight, ``share_weight, hours_proposed`` and, where known, ``hours_actual,
        difference, service`` (``over_served, under_served, in_proportion``).

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["a", "b", "c"], "profit": [60, 40, -5], "hours": [10, 10,
    ...     20]})
    >>> proportional_allocation(customers, 40, floor=1).table[["customer_id", "hours_proposed", "service"]]
      customer_id  hours_proposed       service
    0           a            23.5  under_served
    1           b            15.5  under_served
    2           c             1.0   over_served
    """
    check_positive(unit, what="unit")
    raw = customer_table(customers, weight, name="customers")
    worth = numeric(raw, weight, name="customers").fillna(0.0)
    weights = worth.clip(lower=0)
    whole = round(total / unit)
    n = len(raw)
    caps = None if cap is None else np.full(n, np.floor(cap / unit + 1e-9))
    parts = (
        apportion(whole, weights, floors=np.full(n, np.ceil(floor / unit - 1e-9)), caps=caps)
        if n
        else np.zeros(0)
    )
    table = pd.DataFrame({weight: worth, "share_weight": weights / max(float(weights.sum()), 1e-300)})
    table["hours_proposed"] = parts * unit
    if actual in raw.columns:
        table["hours_actual"] = numeric(raw, actual, name="customers", minimum=0).fillna(0.0)
        table["difference"] = table["hours_actual"] - table["hours_proposed"]
        table["service"] = np.select(
            [table["difference"] > unit, table["difference"] < -unit],
            ["over_served", "under_served"],
            "in_proportion",
        )
    warnings = [] if weights.any() or not n else [note("equal_weights")]
    warnings += [] if whole * unit == total else [note("rounded_total", total=f"{whole * unit:g}")]
    return finished(
        "proportional_allocation",
        table.sort_values("hours_proposed", ascending=False, kind="stable").reset_index(),
        source="DOMAIN 32; S4 s10, s39, s44–45; S2 s15, s17; largest remainder: Hamilton (1792)",
        parameters={"total": total, "weight": weight, "unit": unit, "floor": floor, "cap": cap},
        basis=weight,
        n=n,
        warnings=tuple(warnings),
        figures={"hours": float(table["hours_proposed"].sum())},
        plotter=charts.bars(
            "customer_id", "hours_proposed", *(["hours_actual"] if actual in raw.columns else [])
        ),
    )
