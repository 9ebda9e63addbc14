"""Planned price rises of the company's own items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.checked import checked_table
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_positive
from crm_ml.data.optional_tables import PRICES

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["price_rises"]


def price_rises(prices: IntoFrame | None, *, rise: float = 0.01) -> Result:
    """Work out what the price rise of each item does to its profit, and which fall in volume undoes it.

    Parameters
    ----------
    prices : table, optional
        See :data:`~crm_ml.data.optional_tables.PRICES`; an item without ``fixed_cost`` has no net margin.
    rise : float
        Price rise as a share of the price, for items without their own.

    Returns
    -------
    Result
        ``item, price, contribution_percent, net_margin_percent, rise_percent, profit_rise_percent,
        break_even_volume_percent, break_even_elasticity`` (loss of volume ÷ rise of price: customers who
        react less make the rise pay). Items sold below variable cost have no break-even.

    Examples
    --------
    >>> prices = pd.DataFrame({"item": ["a"], "price": [100.0], "unit_cost": [60.0], "fixed_cost": [30.0],
    ...     "rise": [0.10]})
    >>> names = ["profit_rise_percent", "break_even_volume_percent"]
    >>> price_rises(prices).table[names].to_numpy().tolist()
    [[100.0, 20.0]]
    """
    if prices is None:
        return not_computed("price_rises", "prices")
    check_positive(rise, what="rise")
    table, _ = checked_table(prices, PRICES)
    sold = table[table["price"] > 0].sort_values("item", kind="stable")
    if sold.empty:
        return empty_result("price_rises", note("no_prices"))
    contribution = 1 - sold["unit_cost"] / sold["price"]
    planned = sold["rise"].fillna(rise) if "rise" in sold else pd.Series(rise, index=sold.index)
    net = contribution - (sold["fixed_cost"] if "fixed_cost" in sold else float("nan")) / sold["price"]
    lost = (planned / (planned + contribution)).where((contribution > 0) & (planned > 0))
    found = pd.DataFrame(
        {
            "item": sold["item"],
            "price": sold["price"],
            "contribution_percent": 100 * contribution,
            "net_margin_percent": 100 * net,
            "rise_percent": 100 * planned,
            "profit_rise_percent": 100 * planned / net.where(net > 0),
            "break_even_volume_percent": 100 * lost,
            "break_even_elasticity": lost / planned.where(planned > 0),
        }
    ).round(6)
    below = int((contribution <= 0).sum())
    free = len(table) - len(sold)
    warnings = [note("sold_below_cost", items=below)] if below else []
    warnings += [note("items_without_price", items=free)] if free else []
    return finished(
        "price_rises",
        found.reset_index(drop=True),
        source="DOMAIN 77; S4 s97",
        parameters={"rise": rise},
        basis="profit",
        n=len(found),
        warnings=(note("constant_volume"), *warnings),
        plotter=charts.bars("item", "rise_percent", "break_even_volume_percent"),
    )
