"""Totals of a risk list that tie listed and suppressed customers to the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import DateLike, as_day, between

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["ledger_total", "list_totals"]


def list_totals(
    tx: Transactions, rows: pd.DataFrame, listed: npt.NDArray[np.bool_], table: pd.DataFrame, moment: int
) -> dict[str, float]:
    """Return counts and money that tie list and suppressed customers to the ledger."""
    totals = {
        "customers_known": len(rows),
        "customers_listed": int(listed.sum()),
        "customers_suppressed": int((~listed).sum()),
        "customers_held_out": int((table["contact_group"] == "holdout").sum()),
        "expected_loss": float(table["expected_loss"].sum()),
        "usual_spend": float(table["usual_spend"].sum()),
        "expected_spend": float(table["expected_spend"].sum()),
    }
    if "revenue_12m" in rows:
        revenue = rows["revenue_12m"]
        ledger = ledger_total(tx, moment)
        totals |= {
            "revenue_12m_listed": float(revenue[listed].sum()),
            "revenue_12m_suppressed": float(revenue[~listed].sum()),
            "revenue_12m_never_bought": round(ledger - float(revenue.sum()), 4) + 0.0,
            "revenue_12m_ledger": ledger,
        }
    return totals


def ledger_total(tx: Transactions, as_of: DateLike, days: int = 365) -> float:
    """Return all money booked in the days before `as_of`, straight from the log."""
    import narwhals as nw

    booked = between(tx.log, as_day(as_of) - days, as_of).select(nw.col("amount").sum().cast(nw.Int64))
    return float(tx.engine.to_arrow(booked)["amount"][0].as_py() or 0) / MONEY_SCALE
