"""What it costs to win a customer and what it costs to keep one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.dated import dated_table
from crm_ml.analysis.day_table import first_days
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.retention.rates import active_in_both
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.totals import last_window
from crm_ml.analysis.values import share
from crm_ml.analysis.words import Note, note
from crm_ml.data.contact_tables import MARKETING, PURPOSES
from crm_ml.data.windows import as_day

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions
    from crm_ml.data.windows import DateLike, Window

__all__ = ["acquisition_and_retention_cost", "new_customers"]


def acquisition_and_retention_cost(
    tx: Transactions,
    marketing: IntoFrame | None,
    accounts: IntoFrame | None = None,
    *,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Compute the cost of a new customer and of a kept one, and how they compare.

    Parameters
    ----------
    tx : Transactions
        The log. New: first purchase in the period. Kept: active in the period before and in this one.
    marketing : table, optional
        ``date, purpose`` (acquisition or retention) and ``cost``; ``channel`` for cost per channel.
    accounts : table, optional
        ``customer_id, channel``: how each customer was won; gives ``tables["channels"]``.
    as_of, period_days
        The period.

    Returns
    -------
    Result
        ``purpose, cost, customers, cost_per_customer, share_of_budget``. Figures: ``cost_ratio`` (cost of a
        new customer ÷ cost of a kept one; "five times dearer" is a claim, this is a measurement).
    """
    if marketing is None:
        return not_computed("acquisition_and_retention_cost", "marketing")
    window = last_window(tx, as_of, period_days)
    spent = dated_table(marketing, MARKETING, window=window)
    if spent.empty:
        return empty_result("acquisition_and_retention_cost", note("no_marketing"))
    fresh = new_customers(tx, window)
    kept = int(active_in_both(tx, as_of=as_of, period_days=period_days).sum())
    costs = spent.groupby("purpose")["cost"].sum().reindex(PURPOSES, fill_value=0.0)
    table = pd.DataFrame({"purpose": PURPOSES, "cost": costs.to_numpy(), "customers": [len(fresh), kept]})
    table["cost_per_customer"] = table["cost"] / table["customers"].where(table["customers"] > 0)
    table["share_of_budget"] = share(table["cost"], float(table["cost"].sum()))
    one, other = table["cost_per_customer"]
    channels = _channels(spent, fresh, accounts)
    return finished(
        "acquisition_and_retention_cost",
        table,
        source="DOMAIN 26; S2 s6, s11",
        parameters={"from": str(window.cutoff), "until": str(window.end), "currency": tx.currency},
        basis="cost",
        n=len(fresh) + kept,
        warnings=_warnings(tx, window),
        tables={} if channels is None else {"channels": channels},
        figures={"cost_ratio": float(one / other) if other > 0 else float("nan")},
        plotter=charts.bars("purpose", "cost_per_customer"),
    )


def new_customers(tx: Transactions, window: Window) -> pd.Index[str]:
    """Return the customers whose first purchase lies in a period."""
    first = first_days(tx, window.end_day)
    return first.index[(first - window.cutoff_day) >= 0]


def _channels(spent: pd.DataFrame, fresh: pd.Index[str], accounts: IntoFrame | None) -> pd.DataFrame | None:
    if accounts is None or "channel" not in spent:
        return None
    won = customer_table(accounts, "channel", name="accounts")["channel"].reindex(fresh)
    cost = spent[spent["purpose"] == "acquisition"].groupby("channel")["cost"].sum()
    counts = won.fillna("unknown").value_counts()
    names = sorted({*cost.index, *counts.index})
    table = pd.DataFrame({"channel": names, "cost": cost.reindex(names, fill_value=0.0).to_numpy()})
    table["new_customers"] = counts.reindex(names, fill_value=0).to_numpy()
    table["cost_per_customer"] = (table["cost"] / table["new_customers"]).where(
        table["new_customers"] > 0, np.nan
    )
    return table


def _warnings(tx: Transactions, window: Window) -> tuple[Note, ...]:
    # Who bought before the data began looks new in the first period.
    short = as_day(tx.first_day) > window.cutoff_day - window.horizon_days
    return (note("new_may_be_old", first=tx.first_day),) if short else ()
