"""Segments by what customers need and by how willing they are to have a relationship."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.cross_selling.bought import customer_categories
from crm_ml.analysis.day_table import by_customer
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import plain_table
from crm_ml.analysis.totals import last_window, units
from crm_ml.analysis.values import first_rule
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_fraction
from crm_ml.data.windows import DateLike, Window

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["needs_and_willingness"]


def needs_and_willingness(
    tx: Transactions,
    contacts: IntoFrame | None = None,
    *,
    willing: float = 0.5,
    top: float = 0.2,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Cross the main need of customers with their willingness and their value.

    Parameters
    ----------
    tx : Transactions
        With categories: the need of a customer is the category with most of its spend.
    contacts : table, optional
        ``customer_id, answered`` (true or false), a row each time that we approached a customer; willingness
        = answered ÷ approached. Without it willingness is unknown.
    willing : float
        Willingness from which a customer is willing.
    top : float
        Share of the customers, by value, that is called high in value.
    as_of, period_days
        The period.

    Returns
    -------
    Result
        ``need, willingness, band`` (high or other value), ``customers, value``; ``tables["customers"]`` with
        ``need_share`` (how much of the spend goes to the main need).
    """
    check_fraction(willing, what="willing")
    if not tx.has("category"):
        return not_computed("needs_and_willingness", "category")
    window = last_window(tx, as_of, period_days)
    table = by_customer(tx, _main_needs(tx, window))
    scale = units("revenue" if tx.has_money else "orders")
    table[["need_value", "value"]] /= scale
    table["need_share"] = table["need_value"] / table["value"].where(table["value"] > 0)
    table["answered_share"] = _answered(contacts).reindex(table.index) if contacts is not None else np.nan
    known = table["answered_share"].notna()
    rules = {"willing": table["answered_share"] >= willing, "unwilling": known}
    table["willingness"] = first_rule(rules, "unknown")
    heads = max(1, int(top * len(table) + 1e-9))
    best = table["value"].rank(method="first", ascending=False) <= heads
    table["class"] = first_rule({"high_value": best}, "other_value")
    grouped = table.groupby(["need", "willingness", "class"])["value"].agg(["size", "sum"]).reset_index()
    return finished(
        "needs_and_willingness",
        grouped.rename(columns={"size": "customers", "sum": "value"}),
        source="DOMAIN 115; S1 l.93–96",
        parameters={"willing": willing, "top": top, "period_days": period_days, "currency": tx.currency},
        basis=tx.basis or "revenue",
        n=len(table),
        warnings=() if contacts is not None else (note("without_column", column="contacts"),),
        tables={"customers": table.drop(columns="need_value").reset_index()},
        plotter=charts.heat_map("need", "class", "customers"),
    )


def _main_needs(tx: Transactions, window: Window) -> nw.LazyFrame[Any]:
    """Return a row a customer: the category with most of its spend, that spend, and all spend."""
    spent = "spent" if tx.has_money else "lines"
    bought = customer_categories(tx, window).filter(nw.col("lines") > 0).with_columns(amount=nw.col(spent))
    sums = bought.group_by("customer_id").agg(
        nw.col("amount").max().cast(nw.Int64).alias("need_value"),
        nw.col("amount").sum().cast(nw.Int64).alias("value"),
    )
    most = bought.join(sums, on="customer_id", how="inner").filter(nw.col("amount") == nw.col("need_value"))
    # Of two categories with the same spend the first by name counts.
    return most.group_by("customer_id", "need_value", "value").agg(nw.col("category").min().alias("need"))


def _answered(contacts: IntoFrame) -> pd.Series[float]:
    asked = plain_table(contacts, "customer_id", "answered", name="contacts").dropna(
        subset=["customer_id", "answered"]
    )
    answered: pd.Series[float] = (
        asked.groupby(asked["customer_id"].astype("str"))["answered"].mean().astype("float64")
    )
    return answered
