"""Deep-selling and up-selling: where a customer buys less, or cheaper, than its peers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.cross_selling.bought import customer_categories
from crm_ml.analysis.day_table import collect, distinct, named
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import numeric, plain_table
from crm_ml.analysis.totals import last_window
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_fraction
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import DateLike, Window, within

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["deep_selling", "up_selling"]

_DECIMALS = 6


def deep_selling(
    tx: Transactions,
    *,
    quantile: float = 0.8,
    min_peers: int = 10,
    most: int = 100_000,
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
    most : int
        Most rows of customers.
    as_of, period_days
        The period.

    Returns
    -------
    Result
        A row a category: ``category, customers, bought, yardstick, headroom, revenue_headroom``;
        ``tables["customers"]``: a row a customer and category with ``headroom`` above 0, largest first, at
        most `most`.
    """
    check_fraction(quantile, what="quantile")
    if not tx.has("category") or not (tx.has("quantity") or tx.has_money):
        return not_computed("deep_selling", "category")
    measure = "quantity" if tx.has("quantity") else "revenue"
    compared = _beside_peers(tx, last_window(tx, as_of, period_days), measure, quantile, min_peers)
    money = ["revenue_headroom"] if tx.has_money else []
    grouped = compared.group_by("category", "customers", "yardstick")
    table = collect(tx, grouped.agg(nw.col(measure, "headroom", *money).sum()), "category")
    ids = distinct(compared, "customer_id").select(nw.len().alias("n"))
    order = ["revenue_headroom" if money else "headroom", "customer_id", "category"]
    shown = compared.drop("customers", "lines", *(["spent"] if money else []))
    customers = _largest(tx, shown.filter(nw.col("headroom") > 0), order, most)
    return finished(
        "deep_selling",
        table.rename(columns={measure: "bought"})[
            ["category", "customers", "bought", "yardstick", "headroom", *money]
        ],
        source="DOMAIN 61; S0 l.105",
        parameters={
            "quantile": quantile,
            "min_peers": min_peers,
            "measure": measure,
            "most": most,
            "currency": tx.currency,
        },
        basis=tx.basis or measure,
        n=int(tx.engine.to_arrow(ids)["n"][0].as_py()),
        warnings=() if len(customers) < most else (note("largest_only", rows=most),),
        tables={"customers": customers},
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


def _beside_peers(
    tx: Transactions, window: Window, measure: str, quantile: float, min_peers: int
) -> nw.LazyFrame[Any]:
    """Return a row a customer and category with the yardstick of its buyers and the distance to it."""
    bought = customer_categories(tx, window).filter(nw.col("quantity") > 0)
    if tx.has_money:
        bought = bought.with_columns(revenue=nw.col("revenue") / MONEY_SCALE)
    peers = bought.group_by("category").agg(
        nw.col(measure).cast(nw.Float64).quantile(quantile, interpolation="linear").alias("yardstick"),
        nw.len().cast(nw.Int64).alias("customers"),
    )
    peers = tx.engine.materialise(peers.filter(nw.col("customers") >= min_peers))
    compared = bought.join(peers, on="category", how="inner")
    short = nw.col("yardstick") > nw.col(measure)
    distance = nw.when(short).then(nw.col("yardstick") - nw.col(measure)).otherwise(nw.lit(0.0))
    compared = compared.with_columns(headroom=distance)
    if not tx.has_money:
        return compared
    price = nw.when(nw.col(measure) > 0).then(nw.col("revenue") / nw.col(measure))
    # Rounded, so that the last digit of an engine does not decide on the order of equal customers.
    return compared.with_columns(revenue_headroom=(nw.col("headroom") * price).round(_DECIMALS))


def _largest(tx: Transactions, rows: nw.LazyFrame[Any], order: list[str], most: int) -> pd.DataFrame:
    """Return the first rows, by the first column from above and then by the others."""
    values = tx.engine.to_arrow(rows.select(order[0]))[order[0]]
    if len(values) > most and not values.null_count:
        # An engine sorts long: what is smaller than the last that is shown need not be sorted.
        last = np.partition(values.to_numpy(), -most)[-most]
        rows = rows.filter(nw.col(order[0]) >= float(last))
    ordered = rows.sort(*order, descending=[True, False, False])
    first: pd.DataFrame = tx.engine.to_arrow(ordered.head(most)).to_pandas()
    first["customer_id"] = named(tx, first["customer_id"])
    return first.sort_values(order, ascending=[False, True, True], ignore_index=True)


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
