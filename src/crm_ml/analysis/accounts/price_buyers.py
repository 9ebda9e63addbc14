"""Who buys on price, and who on value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.day_table import collect
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.totals import last_window
from crm_ml.analysis.values import first_rule
from crm_ml.base.validation import check_fraction
from crm_ml.data.numbering import numbering
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import DateLike, within

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["price_or_value_buyers"]


def price_or_value_buyers(
    tx: Transactions,
    *,
    discount: float = 0.10,
    cut: float = 0.5,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Divide customers by how much of their spend they bought well below the list price.

    Whether a price buyer was born or made so by our discounts cannot be told from transactions.

    Parameters
    ----------
    tx : Transactions
        With discounts, or with list prices.
    discount : float
        A line counts when it was bought at least so far below the list price (own default).
    cut : float
        Share of the spend from which a customer is a price buyer (own default).
    as_of, period_days
        The period.

    Returns
    -------
    Result
        A row a class (``price_buyer, value_buyer``); ``tables["customers"]``: ``customer_id, spend,
        discount_dependence, class``.
    """
    check_fraction(cut, what="cut")
    if not tx.has_money or not (tx.has("discount") or tx.has("list_price")):
        return not_computed("price_or_value_buyers", "list_price")
    money = nw.col("amount")
    if tx.has("discount"):
        cheap = nw.col("discount") >= check_fraction(discount, what="discount")
    else:
        cheap = money <= nw.col("list_price") * (1 - discount)
    bought = within(numbering(tx).log, last_window(tx, as_of, period_days)).filter(nw.col("is_purchase"))
    sums = bought.group_by("customer_id").agg(
        money.sum().cast(nw.Int64).alias("spend"),
        nw.when(cheap).then(money).otherwise(nw.lit(0)).sum().cast(nw.Int64).alias("discounted"),
    )
    customers = collect(tx, sums, "customer_id")
    customers["discount_dependence"] = customers["discounted"] / customers["spend"].where(
        customers["spend"] > 0
    )
    customers["spend"] = customers["spend"] / MONEY_SCALE
    customers["class"] = first_rule({"price_buyer": customers["discount_dependence"] >= cut}, "value_buyer")
    grouped = customers.groupby("class")
    table = pd.DataFrame({"customers": grouped.size(), "spend": grouped["spend"].sum()})
    table = table.reindex(["price_buyer", "value_buyer"], fill_value=0).reset_index()
    table["share_customers"] = table["customers"] / max(len(customers), 1)
    return finished(
        "price_or_value_buyers",
        table,
        source="DOMAIN 16 (cuts: own); S4 s9, s29",
        parameters={"discount": discount, "cut": cut, "period_days": period_days, "currency": tx.currency},
        basis=tx.basis or "revenue",
        n=len(customers),
        tables={"customers": customers.drop(columns="discounted")},
        figures={"price_buyers": float(table["share_customers"].iloc[0])},
        plotter=charts.bars("class", "customers"),
    )
