"""The market around the company, its prices, and what quality costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crm_ml.data.company.base import Base

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["market_tables"]

# Market share = numeric distribution × selection indicator × sales share: .14 = .25 × 1.6 × .35.
_SHARE, _NUMERIC, _WEIGHTED = 0.14, 0.25, 0.40
_OUTLETS = 800
_PENETRATION = 0.2
# prevention → errors and their repair; the sum is lowest at the third level
_QUALITY = {
    "2020": (5.0, 60.0),
    "2021": (12.0, 38.0),
    "2022": (20.0, 22.0),
    "2023": (32.0, 17.0),
    "2024": (50.0, 14.0),
}


def market_tables(
    base: Base, tables: dict[str, pd.DataFrame], rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Return market, prices and quality costs."""
    import pandas as pd

    base.planted.update(
        {
            "market_share": _SHARE,
            "numeric_distribution": _NUMERIC,
            "weighted_distribution": _WEIGHTED,
            "selection_indicator": _WEIGHTED / _NUMERIC,
            "sales_share": _SHARE / _WEIGHTED,
            "penetration": _PENETRATION,
            "cheapest_level": "2022",
        }
    )
    quality = pd.DataFrame(
        [(level, 1000 * one, 1000 * other, 10_000) for level, (one, other) in _QUALITY.items()],
        columns=["level", "prevention_cost", "repair_cost", "volume"],
    )
    return {"market": _market(base), "prices": _prices(base), "quality_costs": quality}


def _market(base: Base) -> pd.DataFrame:
    import pandas as pd

    year = base.last_year()
    own = year.groupby("category")["amount"].sum().round(2)
    buyers = year[year["quantity"] > 0].groupby("category")["customer_id"].nunique().reindex(own.index)
    group = own / _SHARE
    return pd.DataFrame(
        {
            "product_group": own.index,
            "period": str(base.end // 365 + 1970 - 1),
            "own_revenue": own.to_numpy(),
            "group_revenue": group.to_numpy(),
            "outlets": _OUTLETS,
            "own_outlets": round(_NUMERIC * _OUTLETS),
            "own_outlets_revenue": (_WEIGHTED * group).to_numpy(),
            "own_buyers": buyers.to_numpy(),
            "buyers": (buyers / _PENETRATION).round().astype("int64").to_numpy(),
            # Our buyers spend twice with everybody what they spend with us.
            "own_buyers_revenue": (2 * own).to_numpy(),
        }
    )


def _prices(base: Base) -> pd.DataFrame:
    """Return price and costs a product group: a net margin of 8 % of the price on average."""
    import pandas as pd

    sold = base.last_year()
    sold = sold[sold["quantity"] > 0]
    sums = sold.groupby("category")[["amount", "cost", "quantity"]].sum()
    price, cost = sums["amount"] / sums["quantity"], sums["cost"] / sums["quantity"]
    return pd.DataFrame(
        {
            "item": sums.index,
            "price": price.round(2).to_numpy(),
            "unit_cost": cost.round(2).to_numpy(),
            "fixed_cost": (0.92 * price - cost).clip(lower=0).round(2).to_numpy(),
            "rise": 0.01,
        }
    )
