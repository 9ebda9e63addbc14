"""Returns and complaints of each customer: the stand-in for attention where nobody wrote contacts down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd

from crm_ml.analysis.dated import dated_table
from crm_ml.analysis.day_table import by_customer, distinct
from crm_ml.analysis.totals import last_window
from crm_ml.data.optional_tables import SCHEMAS
from crm_ml.data.windows import Window, within

if TYPE_CHECKING:
    from crm_ml.analysis.company import Company
    from crm_ml.data.transactions import Transactions

__all__ = ["return_counts", "returns_and_complaints"]


def return_counts(tx: Transactions, window: Window) -> pd.Series[int]:
    """Return the number of credit notes of each customer that had one in the period.

    A credit note is an order number with a line below 0 that is no purchase; without order numbers, a day.
    """
    returned = within(tx.log, window).filter(~nw.col("is_purchase"), nw.col("amount") < 0)
    notes = distinct(returned, "customer_id", "order_id" if tx.has("order_id") else "day")
    counts = notes.group_by("customer_id").agg(nw.len().cast(nw.Int64).alias("returns"))
    found: pd.Series[int] = by_customer(tx, counts)["returns"]
    return found


def returns_and_complaints(company: Company) -> pd.Series[int] | None:
    """Return credit notes + complaints of the last period, or None where there is neither."""
    window = last_window(company.tx, company.as_of, company.settings.period_days)
    parts = [return_counts(company.tx, window)] if company.tx.has_money else []
    complaints = company.table("complaints", "customer_id")
    if complaints is not None:
        asked = dated_table(complaints, SCHEMAS["complaints"], date="opened", window=window)
        parts.append(asked.groupby(asked["customer_id"].astype("str")).size())
    counted = [part for part in parts if len(part)]
    if not counted:
        return None
    total: pd.Series[int] = pd.concat(counted).groupby(level=0).sum()
    return total
