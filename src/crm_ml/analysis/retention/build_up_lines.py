"""The lines of the profit build-up that other tables give: cost to serve and referrals, by year of tenure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd

from crm_ml.analysis.day_table import by_customer, first_days
from crm_ml.analysis.retention.cohorts import tenure_days
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.data.schema import MONEY_SCALE

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.data.transactions import Transactions

__all__ = ["cost_by_tenure", "referrals_by_tenure"]


def cost_by_tenure(tx: Transactions, costs: IntoFrame, end: int, period_days: int = 365) -> pd.Series[float]:
    """Return how much cheaper a customer in each year of tenure is to serve than one in the first year.

    Customers of the last period are compared with each other, since costs are known of one period only.

    Parameters
    ----------
    tx : Transactions
        The log.
    costs : table
        ``customer_id, cost_to_serve`` of the last period.
    end : int
        First day that is not seen.
    period_days : int
        Length of a year of tenure.

    Returns
    -------
    Series
        By year of tenure, from 1; above 0 = cheaper. Empty when nobody is in the first year.
    """
    table = customer_table(costs, "cost_to_serve", name="customers")
    cost = numeric(table, "cost_to_serve", name="customers").dropna()
    first = first_days(tx, end).reindex(cost.index).dropna()
    year = ((end - 1 - first) // period_days + 1).astype("int64")
    mean = cost.reindex(first.index).groupby(year).mean()
    saved: pd.Series[float] = mean[1] - mean if 1 in mean.index else mean.iloc[:0]
    return saved


def referrals_by_tenure(
    tx: Transactions, referrals: IntoFrame, end: int, measure: str, period_days: int = 365
) -> pd.Series[float]:
    """Return what customers brought in their first year, by the year of tenure of who referred them.

    Parameters
    ----------
    tx : Transactions
        The log.
    referrals : table
        ``customer_id, referred_by`` (the id of a customer; empty: nobody).
    end : int
        First day that is not seen; customers without a full first year before it do not count yet.
    measure : str
        ``revenue`` or ``margin``.
    period_days : int
        Length of a year.

    Returns
    -------
    Series
        Sum by year of tenure, in currency units.
    """
    by = customer_table(referrals, "referred_by", name="accounts")["referred_by"]
    by = by[by.notna() & (by.astype("str").str.strip() != "")].astype("str")
    first = first_days(tx, end)
    won, theirs = first.reindex(by.index), first.reindex(by.to_numpy()).set_axis(by.index)
    seen = won.notna() & theirs.notna() & (won >= theirs) & (end - won >= period_days)
    # Nobody refers before the first purchase, and a year of the referrer counts when it was seen in full.
    year = ((won - theirs) // period_days + 1)[seen].astype("int64")
    year = year[end - theirs[seen] >= year * period_days]
    days = tenure_days(tx, end, measure).filter(nw.col("age") < period_days)
    sums = days.group_by("customer_id").agg(nw.col("value").sum().cast(nw.Int64))
    value = by_customer(tx, sums)["value"] / MONEY_SCALE
    return value.reindex(year.index, fill_value=0.0).groupby(year).sum()
