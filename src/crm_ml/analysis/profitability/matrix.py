"""Gross margin against cost to serve: four classes of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["margin_by_cost_to_serve"]

# (margin, cost to serve) → class; the signs are those of the source.
_QUADRANTS = {
    ("high", "low"): "high_margin_low_cost",
    ("high", "high"): "high_margin_high_cost",
    ("low", "low"): "low_margin_low_cost",
    ("low", "high"): "low_margin_high_cost",
}


def margin_by_cost_to_serve(
    customers: IntoFrame | None, *, margin_cut: float | None = None, cost_cut: float | None = None
) -> Result:
    """Divide customers by gross margin and cost to serve.

    Parameters
    ----------
    customers : table, optional
        ``customer_id, margin, cost_to_serve``, both in currency units of one period (the customer table of
        :func:`~crm_ml.analysis.profitability.costing.customer_profit` has them).
    margin_cut, cost_cut : float, optional
        Where high begins; the median by default (own choice).

    Returns
    -------
    Result
        One row a quadrant; ``tables["customers"]`` with ``quadrant`` and the profit after cost to serve.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("ab"), "margin": [9.0, 1.0], "cost_to_serve": [1.0, 5.0]})
    >>> margin_by_cost_to_serve(table).tables["customers"]["quadrant"].tolist()
    ['high_margin_low_cost', 'low_margin_high_cost']
    """
    if customers is None:
        return not_computed("margin_by_cost_to_serve", "costs")
    raw = customer_table(customers, "margin", "cost_to_serve", name="customers")
    columns = {name: numeric(raw, name, name="customers") for name in ("margin", "cost_to_serve")}
    table = pd.DataFrame(columns, index=raw.index).dropna()
    margin_at = float(table["margin"].median()) if margin_cut is None else margin_cut
    cost_at = float(table["cost_to_serve"].median()) if cost_cut is None else cost_cut
    # A customer on the median of margin counts as high, on the median of cost as low: the kinder side.
    table["margin_level"] = np.where(table["margin"] >= margin_at, "high", "low")
    table["cost_level"] = np.where(table["cost_to_serve"] > cost_at, "high", "low")
    levels = zip(table["margin_level"], table["cost_level"], strict=True)
    table["quadrant"] = [_QUADRANTS[pair] for pair in levels]
    table["profit"] = table["margin"] - table["cost_to_serve"]
    grouped = table.groupby("quadrant")
    sums = grouped[["margin", "cost_to_serve", "profit"]].sum()
    sums.insert(0, "customers", grouped.size())
    return finished(
        "margin_by_cost_to_serve",
        sums.reindex(list(_QUADRANTS.values()), fill_value=0).reset_index(),
        source="DOMAIN 22; S4 s27 (reconstructed); grid: Shapiro e.a., Harvard Business Review, Sep–Oct 1987",
        parameters={"margin_cut": margin_at, "cost_cut": cost_at},
        basis="margin",
        n=len(table),
        tables={"customers": table.reset_index()},
        plotter=charts.scatter("cost_to_serve", "margin", "quadrant", table="customers"),
    )
