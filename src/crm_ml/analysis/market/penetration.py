"""Market share as penetration × share of customer × relative spend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.market.groups import read_market
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.words import Note, note

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["market_penetration"]

_NEEDS = ("own_revenue", "buyers", "own_buyers", "own_buyers_revenue")


def market_penetration(market: IntoFrame | None, own: pd.DataFrame | None = None) -> Result:
    """Divide market share into how many buyers we have, how much of their spend, and how much they spend.

    Parameters
    ----------
    market : table, optional
        See :data:`~crm_ml.data.optional_tables.MARKET`.
    own : DataFrame, optional
        Our own sales by group: see :func:`~crm_ml.analysis.market.groups.own_sales`.

    Returns
    -------
    Result
        ``product_group, period, penetration`` (own active customers ÷ buyers), ``share_of_customer`` (own
        revenue ÷ spend of our customers on the group), ``relative_spend`` (mean spend of our customers ÷ mean
        spend of all buyers), ``market_share`` and ``identity_gap`` = market share − their product, always 0.

    Examples
    --------
    >>> market = pd.DataFrame({"product_group": ["boots"], "group_revenue": [1000.0], "own_revenue": [90.0],
    ...     "buyers": [100], "own_buyers": [20], "own_buyers_revenue": [300.0]})
    >>> names = ["penetration", "share_of_customer", "relative_spend", "market_share"]
    >>> market_penetration(market).table[names].to_numpy().round(3).tolist()
    [[0.2, 0.3, 1.5, 0.09]]
    """
    if market is None:
        return not_computed("market_penetration", "market")
    last, _, notes = read_market(market, own)
    known = last[last[list(_NEEDS)].notna().all(axis=1) & (last[["buyers", "own_buyers"]] > 0).all(axis=1)]
    if known.empty:
        column = Note("analysis_words.own_buyers_revenue")
        return empty_result("market_penetration", note("without_column", column=column), *notes)
    found = known[["product_group", "period"]].copy()
    found["penetration"] = known["own_buyers"] / known["buyers"]
    found["share_of_customer"] = known["own_revenue"] / known["own_buyers_revenue"]
    own_mean = known["own_buyers_revenue"] / known["own_buyers"]
    found["relative_spend"] = own_mean / (known["group_revenue"] / known["buyers"])
    found["market_share"] = known["own_revenue"] / known["group_revenue"]
    product = found["penetration"] * found["share_of_customer"] * found["relative_spend"]
    found["identity_gap"] = (found["market_share"] - product).round(12)
    return finished(
        "market_penetration",
        found.reset_index(drop=True),
        source="DOMAIN 114; S1",
        parameters={"product_groups": len(found)},
        basis="revenue",
        n=len(found),
        warnings=tuple(notes),
        plotter=charts.bars("product_group", "penetration", "share_of_customer", "market_share", share=True),
    )
