"""Deep-selling and up-selling: where a customer buys less, or cheaper, than its peers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import numeric, plain_table
from crm_ml.analysis.totals import collect, last_window
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_fraction
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import DateLike, within

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["deep_selling", "up_selling"]


def deep_selling(
    tx: Transactions,
    *,
    quantile: float = 0.8,
    min_peers: int = 10,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Find customers who buy less of a category than the better of those who buy it too.

    Parameters
    ----------
    tx : Transactions
        With category and quantity (or amount).
    quantile : float
        Which of the peers is the yardstick.
    min_peers : int
        Categories with fewer buyers are left out.
    as_of, period_days
        The period.

    Returns
    -------
    Result
        A row a category: ``category, customers, bought, yardstick, headroom, revenue_headroom``;
        ``tables["customers"]``: a row a customer and category with ``headroom`` above 0, largest first.
    """
    check_fraction(quantile, what="quantile")
    if not tx.has("category") or not (tx.has("quantity") or tx.has_money):
        return not_computed("deep_selling", "category")
    bought = _bought(tx, "category", as_of, period_days)
    measure = "quantity" if tx.has("quantity") else "revenue"
    grouped = bought.groupby("category")[measure]
    bought["yardstick"] = grouped.transform(lambda part: part.quantile(quantile))
    bought = bought[grouped.transform("size") >= min_peers].copy()
    bought["headroom"] = (bought["yardstick"] - bought[measure]).clip(lower=0)
    price = bought["revenue"] / bought[measure].where(bought[measure] > 0) if "revenue" in bought else np.nan
    bought["revenue_headroom"] = bought["headroom"] * price
    by = bought.groupby("category")
    table = pd.DataFrame(
        {
            "customers": by.size(),
            "bought": by[measure].sum(),
            "yardstick": by["yardstick"].first(),
            "headroom": by["headroom"].sum(),
            "revenue_headroom": by["revenue_headroom"].sum(),
        }
    )
    customers = bought[bought["headroom"] > 0].sort_values("revenue_headroom", ascending=False, kind="stable")
    return finished(
        "deep_selling",
        table.reset_index(),
        source="DOMAIN 61; S0 l.105",
        parameters={
            "quantile": quantile,
            "min_peers": min_peers,
            "measure": measure,
            "currency": tx.currency,
        },
        basis=tx.basis or measure,
        n=int(bought["customer_id"].nunique()),
        tables={"customers": customers.reset_index(drop=True)},
        plotter=charts.bars("category", "headroom"),
    )


def up_selling(
    tx: Transactions, products: IntoFrame | None, *, as_of: DateLike | None = None, period_days: int = 365
) -> Result:
    """Find customers who could take the next dearer tier of a category.

    Parameters
    ----------
    tx : Transactions
        With products and amounts.
    products : table, optional
        ``product_id, category, tier`` with tier a number that rises with the price class.
    as_of, period_days
        The period.

    Returns
    -------
    Result
        A row a category and tier: ``customers`` who bought it, ``next_tier``, ``probability_up`` (share of
        them that bought a higher tier too), ``price, next_price``; ``tables["customers"]``: a row a customer
        and category whose highest tier is not the top one, with the gain expected from its own quantity.
    """
    if products is None or not tx.has("product_id") or not tx.has_money:
        return not_computed("up_selling", "products")
    catalogue = plain_table(products, "product_id", "category", "tier", name="products")
    catalogue = catalogue.assign(
        product_id=catalogue["product_id"].astype("str"), tier=numeric(catalogue, "tier", name="products")
    )
    if catalogue["product_id"].duplicated().any():
        raise InputError("the products table has a product on two rows", do="give one row a product")
    bought = _bought(tx, "product_id", as_of, period_days).drop(columns="category", errors="ignore")
    lines = bought.merge(catalogue[["product_id", "category", "tier"]].dropna(), on="product_id")
    lines = lines.groupby(["customer_id", "category", "tier"], as_index=False)[["revenue", "quantity"]].sum()
    tiers = _tiers(lines)
    top = (
        lines.sort_values("tier", kind="stable").groupby(["customer_id", "category"], as_index=False).tail(1)
    )
    customers = top.merge(
        tiers[["category", "tier", "next_tier", "probability_up", "price", "next_price"]],
        on=["category", "tier"],
    )
    customers = customers[customers["next_tier"].notna()].copy()
    customers["expected_gain"] = (
        customers["probability_up"] * customers["quantity"] * (customers["next_price"] - customers["price"])
    )
    return finished(
        "up_selling",
        tiers,
        source="DOMAIN 62; S0 l.107",
        parameters={"period_days": period_days, "currency": tx.currency},
        basis=tx.basis or "revenue",
        n=int(lines["customer_id"].nunique()),
        tables={
            "customers": customers.sort_values("expected_gain", ascending=False, kind="stable").reset_index(
                drop=True
            )
        },
        plotter=charts.heat_map("category", "tier", "probability_up"),
    )


def _bought(tx: Transactions, by: str, as_of: DateLike | None, period_days: int) -> pd.DataFrame:
    rows = within(tx.log, last_window(tx, as_of, period_days))
    sums = [nw.col("amount").sum().cast(nw.Int64).alias("revenue")] if tx.has_money else []
    lines = nw.len().cast(nw.Float64)
    sums.append((nw.col("quantity").sum() if tx.has("quantity") else lines).alias("quantity"))
    table = collect(tx, rows.group_by("customer_id", by).agg(*sums), "customer_id", by)
    if tx.has_money:
        table["revenue"] = table["revenue"] / MONEY_SCALE
    return table[table["quantity"] > 0].reset_index(drop=True)


def _tiers(lines: pd.DataFrame) -> pd.DataFrame:
    grouped = lines.groupby(["category", "tier"])
    tiers = grouped.agg(
        customers=("customer_id", "nunique"), revenue=("revenue", "sum"), quantity=("quantity", "sum")
    )
    tiers = tiers.reset_index()
    tiers["price"] = tiers["revenue"] / tiers["quantity"].where(tiers["quantity"] > 0)
    for column in ("tier", "price"):
        tiers[f"next_{column}"] = tiers.groupby("category")[column].shift(-1)
    highest = lines.groupby(["customer_id", "category"])["tier"].transform("max")
    up = (highest > lines["tier"]).groupby([lines["category"], lines["tier"]]).mean()
    tiers["probability_up"] = [float(up[key]) for key in zip(tiers["category"], tiers["tier"], strict=True)]
    return tiers[["category", "tier", "customers", "price", "next_tier", "next_price", "probability_up"]]
