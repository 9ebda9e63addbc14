"""How profit is spread: over size classes, and over size × profitability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.profitability.whale import best_share
from crm_ml.analysis.results import finished
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.values import first_rule, share
from crm_ml.analysis.words import note
from crm_ml.classes.ranking import names_at

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["profit_concentration", "size_by_profit"]

_SIZES = ("large", "middle", "small")


def profit_concentration(customers: IntoFrame, *, shares: tuple[float, ...] = (0.01, 0.05, 0.2)) -> Result:
    """Set the share of the customers in each size class against their share of revenue and profit.

    Parameters
    ----------
    customers : table
        ``customer_id, revenue, profit``.
    shares : tuple of float
        Cumulative shares of customers, by revenue, where a class ends; the rest is the last class.

    Returns
    -------
    Result
        ``band, customers, share_customers, revenue, share_revenue, profit, share_profit``; figure
        ``best_20_profit_share``: share of the profit made by the best 20 % by profit.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abcde"), "revenue": [50, 20, 15, 10, 5], "profit": [4,
    ...     8, 4, 3, 1]})
    >>> profit_concentration(table, shares=(0.2,)).table[["band", "share_customers", "share_profit"]]
          band  share_customers  share_profit
    0  0–20 %              0.2           0.2
    1  20–100 %            0.8           0.8
    """
    table = _revenue_and_profit(customers)
    ordered = table.sort_values("revenue", ascending=False, kind="stable")
    edges = [0.0, *shares, 1.0]
    counts = [int(np.ceil(edge * len(ordered) - 1e-9)) for edge in edges]
    rows = []
    for low, high, start, stop in zip(edges, edges[1:], counts, counts[1:], strict=False):
        part = ordered.iloc[start:stop]
        rows.append(
            (f"{low * 100:g}–{high * 100:g} %", len(part), part["revenue"].sum(), part["profit"].sum())
        )
    found = _with_shares(pd.DataFrame(rows, columns=["band", "customers", "revenue", "profit"]))
    return finished(
        "profit_concentration",
        found,
        source="DOMAIN 23; S4 s25, s29 (two opposed pyramids)",
        parameters={"shares": list(shares)},
        basis="profit",
        n=len(table),
        warnings=() if table["profit"].sum() > 0 else (note("total_not_positive"),),
        figures={"best_20_profit_share": best_share(table["profit"]) if len(table) else float("nan")},
        plotter=charts.bars("band", "share_customers", "share_revenue", "share_profit", share=True),
    )


def size_by_profit(customers: IntoFrame) -> Result:
    """Cross small, middle and large customers with loss, low and high profit.

    Sizes are thirds of the customers by revenue; a loss is a profit below 0, the others are cut at the median
    profit of the customers without a loss. An own definition.

    Parameters
    ----------
    customers : table
        ``customer_id, revenue, profit``.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abc"), "revenue": [9, 5, 1], "profit": [-1.0, 2.0, 1.0]})
    >>> result = size_by_profit(table)
    >>> result.table.query("customers > 0")[["size", "profitability", "customers"]].to_numpy().tolist()
    [['large', 'loss', 1], ['middle', 'high', 1], ['small', 'low', 1]]
    """
    table = _revenue_and_profit(customers)
    rank = table["revenue"].rank(method="first", ascending=False) - 1
    table["size"] = names_at((3 * rank // max(len(table), 1)).astype("int64").to_numpy(), _SIZES)
    gains = table.loc[table["profit"] >= 0, "profit"]
    middle = float(gains.median()) if len(gains) else 0.0
    table["profitability"] = first_rule(
        {"loss": table["profit"] < 0, "low": table["profit"] < middle}, "high"
    )
    groups = pd.MultiIndex.from_product([_SIZES, ("loss", "low", "high")], names=["size", "profitability"])
    grouped = table.groupby(["size", "profitability"])
    sums = grouped[["revenue", "profit"]].sum().assign(customers=grouped.size()).reindex(groups, fill_value=0)
    return finished(
        "size_by_profit",
        sums.reset_index()[["size", "profitability", "customers", "revenue", "profit"]],
        source="DOMAIN 23; own definition",
        parameters={"median_profit": middle},
        basis="profit",
        n=len(table),
        plotter=charts.heat_map("size", "profitability", "customers"),
    )


def _revenue_and_profit(customers: IntoFrame) -> pd.DataFrame:
    table = customer_table(customers, "revenue", "profit", name="customers")
    columns = {column: numeric(table, column, name="customers") for column in ("revenue", "profit")}
    return pd.DataFrame(columns, index=table.index).dropna()


def _with_shares(table: pd.DataFrame) -> pd.DataFrame:
    for position, (column, name) in enumerate(
        [("customers", "share_customers"), ("revenue", "share_revenue"), ("profit", "share_profit")]
    ):
        table.insert(2 + 2 * position, name, share(table[column], float(table[column].sum())))
    return table
