"""Why a large customer earns us little: what leaks away through price, small orders and service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from crm_ml.analysis import charts
from crm_ml.analysis.day_table import by_customer, collect
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.totals import customer_totals, last_window
from crm_ml.analysis.words import note
from crm_ml.data.numbering import numbering
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import DateLike, Window, within

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["profit_leaks"]


def profit_leaks(
    tx: Transactions,
    customers: IntoFrame | None = None,
    *,
    order_cost: float | None = None,
    largest: float = 0.2,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Say through which leak a large customer's profit runs away.

    Parameters
    ----------
    tx : Transactions
        With quantity and product (the reference price of a product is the mean price that all paid in the
        period), or with list prices (then these are the reference).
    customers : table, optional
        ``customer_id, cost_to_serve``, for the service leak.
    order_cost : float, optional
        Cost of handling one order, for the order-size leak; without it that leak is left out.
    largest : float
        Share of the customers, by revenue, that is looked at.
    as_of, period_days
        The period.

    Returns
    -------
    Result
        One row a large customer: ``price_leak`` = Σ q·(p_ref − p), ``order_leak`` = (orders − revenue ÷ mean
        order value) · order_cost, ``service_leak`` = cost to serve − revenue · mean cost to serve per unit of
        revenue; positive = it leaks; ``reason`` names the largest.
    """
    if not tx.has_money or not (tx.has("list_price") or tx.has("quantity", "product_id")):
        return not_computed("profit_leaks", "list_price")
    window = last_window(tx, as_of, period_days)
    totals = customer_totals(tx, window)
    revenue = totals["revenue"] / MONEY_SCALE
    table = pd.DataFrame({"revenue": revenue, "price_leak": _price_leak(tx, window).reindex(revenue.index)})
    missing = []
    if order_cost is None:
        missing.append(note("without_column", column="order_cost"))
    else:
        usual = revenue.sum() / max(int(totals["orders"].sum()), 1)
        table["order_leak"] = (totals["orders"] - revenue / usual) * order_cost
    if customers is None:
        missing.append(note("without_column", column="cost_to_serve"))
    else:
        raw = customer_table(customers, "cost_to_serve", name="customers")
        cost = numeric(raw, "cost_to_serve", name="customers").reindex(revenue.index, fill_value=0.0)
        table["service_leak"] = cost - revenue * cost.sum() / revenue.sum()
    leaks = [name for name in table.columns if name.endswith("_leak")]
    heads = max(1, int(largest * len(table) + 1e-9))
    found = table.sort_values("revenue", ascending=False, kind="stable").head(heads).copy()
    biggest = found[leaks].fillna(-np.inf).idxmax(axis=1)
    found["reason"] = biggest.where(found[leaks].max(axis=1) > 0, "none")
    return finished(
        "profit_leaks",
        found.reset_index(),
        source="DOMAIN 113; S4 s24",
        parameters={
            "largest": largest,
            "order_cost": order_cost,
            "reference": "list price" if tx.has("list_price") else "mean price",
        },
        basis=tx.basis or "revenue",
        n=len(totals),
        warnings=tuple(missing),
        figures={name: float(found[name].clip(lower=0).sum()) for name in leaks},
        plotter=charts.bars("customer_id", *leaks),
    )


def _price_leak(tx: Transactions, window: Window) -> pd.Series[float]:
    rows = within(numbering(tx).log, window)
    if tx.has("list_price"):
        leak = (nw.col("list_price") - nw.col("amount")).sum().cast(nw.Int64).alias("leak")
        found = by_customer(tx, rows.group_by("customer_id").agg(leak))
        return found["leak"] / MONEY_SCALE
    sums = rows.group_by("product_id").agg(nw.col("amount").sum().cast(nw.Int64), nw.col("quantity").sum())
    products = collect(tx, sums.filter(nw.col("quantity") > 0), "product_id")
    price = products["amount"] / products["quantity"]
    reference = pa.table({"product_id": products["product_id"].tolist(), "price": price.to_numpy()})
    priced = rows.join(tx.engine.from_arrow(reference), on="product_id", how="inner")
    # Whole units, so that the sum is the same on every engine and in every run.
    leak = (nw.col("quantity") * nw.col("price") - nw.col("amount") + 0.5).floor().cast(nw.Int64)
    summed = priced.group_by("customer_id").agg(leak.sum().cast(nw.Int64).alias("leak"))
    return by_customer(tx, summed)["leak"] / MONEY_SCALE
