"""What each large account is expected to bring in the coming years: the start of an account target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.cross_selling.expected_sales import purchase_model
from crm_ml.analysis.day_table import has_margin
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.totals import customer_totals, last_window
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_positive
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["account_forecast"]

_YEAR = 365


def account_forecast(
    tx: Transactions,
    *,
    years: int = 3,
    most: int = 1000,
    margin_rate: float | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Forecast the revenue and margin of the largest accounts for the coming years.

    Parameters
    ----------
    tx : Transactions
        The log.
    years : int
        How many years ahead.
    most : int
        How many of the largest accounts of the last period.
    margin_rate : float, optional
        Margin as a share of revenue where the log has no cost; the account's own margin where it has.
    as_of, period_days
        The day from which years count, and the last period.

    Returns
    -------
    Result
        A row an account, the largest first: ``revenue`` of the last period, ``expected_year_1`` and so on,
        and ``expected_margin_1`` and so on where a margin is known. Figures: the sums.
    """
    check_positive(years, what="years")
    if not tx.has_money:
        return not_computed("account_forecast", "amount")
    window = last_window(tx, as_of, period_days)
    totals = customer_totals(tx, window)
    try:
        rows, model = purchase_model(tx, window.end_day)
    except InputError as error:
        return empty_result("account_forecast", note("model_not_fitted", why=error.what))
    largest = totals["revenue"].sort_values(ascending=False, kind="stable").head(most)
    accounts = rows.reindex(largest.index).dropna()
    table = pd.DataFrame({"revenue": largest.reindex(accounts.index) / MONEY_SCALE})
    rate = _margin_rates(tx, totals, margin_rate)
    before = pd.Series(0.0, index=accounts.index)
    for year in range(1, years + 1):
        found = model.predict(accounts, horizon_days=year * _YEAR, discount_rate=0.0, interval=None)
        so_far = found["expected_purchases"] * found["expected_value"]
        table[f"expected_year_{year}"] = so_far - before
        if rate is not None:
            table[f"expected_margin_{year}"] = (so_far - before) * rate.reindex(accounts.index)
        before = so_far
    return finished(
        "account_forecast",
        table.reset_index(),
        source="DOMAIN 31; S4 s42; S0 l.52–57, l.66–68; Fader, Hardie & Lee (2005)",
        parameters={"years": years, "until": str(window.end), "currency": tx.currency},
        basis=tx.basis or "revenue",
        n=len(totals),
        warnings=(note("largest_only", rows=most),) if len(totals) > most else (),
        figures={name: float(table[name].sum()) for name in table.columns},
        plotter=charts.bars("customer_id", "revenue", "expected_year_1"),
    )


def _margin_rates(
    tx: Transactions, totals: pd.DataFrame, margin_rate: float | None
) -> pd.Series[float] | None:
    if has_margin(tx):
        return totals["margin"] / totals["revenue"].where(totals["revenue"] > 0)
    return None if margin_rate is None else pd.Series(margin_rate, index=totals.index)
