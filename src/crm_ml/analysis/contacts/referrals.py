"""Customers that came through other customers, and what they are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.day_table import first_days
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.totals import customer_totals, last_window, measure_of, measured
from crm_ml.analysis.words import note
from crm_ml.data.windows import Window, as_day

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions
    from crm_ml.data.windows import DateLike

__all__ = ["referrals"]

_YEAR = 365


def referrals(
    tx: Transactions, accounts: IntoFrame | None, *, as_of: DateLike | None = None, period_days: int = 365
) -> Result:
    """Count referred customers and compare their value with that of the others.

    Parameters
    ----------
    tx : Transactions
        The log; all purchases before `as_of` count, since a referral pays back over years.
    accounts : table, optional
        ``customer_id, referred_by`` (the id of a customer; empty: nobody).
    as_of, period_days
        The period of the figure ``share_of_new_customers``.

    Returns
    -------
    Result
        A row an origin (``referred``, ``not_referred``): ``customers`` (accounts), ``bought``, ``revenue``,
        ``customer_years`` (since the first purchase) and ``revenue_per_customer_year``, a ratio of sums, so
        that young customers weigh by the time that they were there. ``tables["referrers"]``: who referred,
        how many, how many of them bought, their revenue. Figures: ``share_of_new_customers`` that was
        referred, ``referrals_per_customer``.
    """
    if accounts is None:
        return not_computed("referrals", "accounts")
    window = last_window(tx, as_of, period_days)
    known = customer_table(accounts, "referred_by", name="accounts")["referred_by"]
    by = known.astype("object").where(known.notna() & (known.astype("str").str.strip() != ""))
    if by.empty:
        return empty_result("referrals", note("no_customers"))
    table = _values(tx, window.end_day).reindex(by.index)
    table["origin"] = np.where(by.notna(), "referred", "not_referred")
    table["bought"] = table["revenue"].notna()
    grouped = table.groupby("origin")
    found = grouped.size().rename("customers").to_frame()
    found[["bought", "revenue", "customer_years"]] = grouped[["bought", "revenue", "customer_years"]].sum()
    found["bought"] = found["bought"].astype("int64")
    found["revenue_per_customer_year"] = found["revenue"] / found["customer_years"].where(
        found["customer_years"] > 0
    )
    fresh = by.reindex(_fresh(tx, window))
    unknown = int((~by.dropna().astype("str").isin(first_days(tx, window.end_day).index)).sum())
    return finished(
        "referrals",
        found.reindex(["referred", "not_referred"]).dropna(how="all").reset_index(),
        source="DOMAIN 69; S2 s11; S4 s101",
        parameters={"until": str(window.end), "new_from": str(window.cutoff), "currency": tx.currency},
        basis=(tx.basis or "revenue") if tx.has_money else "orders",
        n=len(by),
        warnings=(note("unknown_referrers", customers=unknown),) if unknown else (),
        tables={"referrers": _referrers(table, by)},
        figures={
            "share_of_new_customers": float(fresh.notna().mean()) if len(fresh) else float("nan"),
            "referrals_per_customer": float(by.notna().sum()) / max(int(table["bought"].sum()), 1),
        },
        plotter=charts.bars("origin", "revenue_per_customer_year"),
    )


def _values(tx: Transactions, end: int) -> pd.DataFrame:
    """Return revenue before `end` and years since the first purchase."""
    first = first_days(tx, end)
    everything = Window(as_day(tx.first_day), max(end - as_day(tx.first_day), 1))
    totals = customer_totals(tx, everything)
    table = measured(totals, measure_of(tx)).rename("revenue").to_frame().reindex(first.index)
    return table.assign(customer_years=(end - first) / _YEAR)


def _fresh(tx: Transactions, window: Window) -> pd.Index[str]:
    first = first_days(tx, window.end_day)
    return first.index[(first - window.cutoff_day) >= 0]


def _referrers(table: pd.DataFrame, by: pd.Series[str]) -> pd.DataFrame:
    rows = table[by.notna()].groupby(by.dropna().astype("str").rename("customer_id"))
    counted = rows.size().rename("referred").to_frame()
    counted["bought"] = rows["bought"].sum().astype("int64")
    counted["revenue"] = rows["revenue"].sum()
    return counted.sort_values(["revenue", "referred"], ascending=False, kind="stable").reset_index()
