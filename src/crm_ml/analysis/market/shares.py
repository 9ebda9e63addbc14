"""Market share, distribution, sales share and selection indicator, and the identity that ties them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.market.groups import read_market
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.words import note

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["market_ratios"]


def market_ratios(
    market: IntoFrame | None, own: pd.DataFrame | None = None, *, customer_equity: float | None = None
) -> Result:
    """Compute the five market ratios of each product group.

    Parameters
    ----------
    market : table, optional
        See :data:`~crm_ml.data.optional_tables.MARKET`.
    own : DataFrame, optional
        Our own sales by group: see :func:`~crm_ml.analysis.market.groups.own_sales`.
    customer_equity : float, optional
        Σ CLV, to show beside the market share: share is the short term, the value of customers the long.

    Returns
    -------
    Result
        ``product_group, period, market_share`` (own ÷ group revenue), ``numeric_distribution`` (own outlets ÷
        outlets), ``weighted_distribution`` (group revenue of own outlets ÷ group revenue), ``sales_share``
        (own revenue ÷ group revenue of own outlets), ``selection_indicator`` (weighted ÷ numeric) and
        ``identity_gap`` = market share − numeric distribution × selection indicator × sales share, always 0.
        ``tables["periods"]`` with the share of every period. A ratio without its columns is missing.

    Examples
    --------
    >>> market = pd.DataFrame({"product_group": ["boots"], "group_revenue": [10.0], "own_revenue": [1.4],
    ...     "outlets": [800], "own_outlets": [200], "own_outlets_revenue": [4.0]})
    >>> names = ["market_share", "numeric_distribution", "weighted_distribution", "sales_share"]
    >>> market_ratios(market).table[[*names, "selection_indicator"]].to_numpy().round(3).tolist()
    [[0.14, 0.25, 0.4, 0.35, 1.6]]
    """
    if market is None:
        return not_computed("market_ratios", "market")
    last, every, notes = read_market(market, own)
    figures = {"market_share": _whole_share(last)}
    figures |= {} if customer_equity is None else {"customer_equity": customer_equity}
    unknown = int(last["own_revenue"].isna().sum())
    return finished(
        "market_ratios",
        _ratios(last),
        source="DOMAIN 90–94; S0 l.2–11",
        parameters={"product_groups": len(last)},
        basis="revenue",
        n=len(last),
        warnings=(*notes, *((note("groups_without_own", groups=unknown),) if unknown else ())),
        tables={"periods": _ratios(every)[["product_group", "period", "market_share"]]},
        figures=figures,
        plotter=charts.bars(
            "product_group", "market_share", "numeric_distribution", "weighted_distribution", share=True
        ),
    )


def _ratios(table: pd.DataFrame) -> pd.DataFrame:
    found = table[["product_group", "period"]].copy()
    found["market_share"] = _divided(table["own_revenue"], table["group_revenue"])
    found["numeric_distribution"] = _divided(table["own_outlets"], table["outlets"])
    found["weighted_distribution"] = _divided(table["own_outlets_revenue"], table["group_revenue"])
    found["sales_share"] = _divided(table["own_revenue"], table["own_outlets_revenue"])
    found["selection_indicator"] = _divided(found["weighted_distribution"], found["numeric_distribution"])
    product = found["numeric_distribution"] * found["selection_indicator"] * found["sales_share"]
    found["identity_gap"] = (found["market_share"] - product).round(12)
    return found


def _divided(part: pd.Series[float], whole: pd.Series[float]) -> pd.Series[float]:
    return part / whole.where(whole > 0)


def _whole_share(last: pd.DataFrame) -> float:
    known = last[last["own_revenue"].notna()]
    total = float(known["group_revenue"].sum())
    return float(known["own_revenue"].sum()) / total if total > 0 else float("nan")
