"""Figures of the scorecard that need an optional table; None when it is absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.contacts.costs import acquisition_and_retention_cost
from crm_ml.analysis.contacts.deliveries import delivery_reliability
from crm_ml.analysis.contacts.economics import contact_economics
from crm_ml.analysis.contacts.helpdesk import helpdesk_times
from crm_ml.analysis.dated import dated_table
from crm_ml.analysis.market.shares import market_ratios
from crm_ml.analysis.profitability.costing import customer_profit
from crm_ml.analysis.results import attempt
from crm_ml.analysis.retention.wallet import share_of_wallet
from crm_ml.analysis.scorecard.from_log import active_customers
from crm_ml.analysis.scorecard.reading import Reading, figure_of
from crm_ml.analysis.survey.intention import intention_and_trust
from crm_ml.analysis.survey.nps import net_promoter_score
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.totals import last_window
from crm_ml.data.optional_tables import COMPLAINTS, SURVEY
from crm_ml.data.windows import Window

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = [
    "acquisition_cost",
    "complaint_days",
    "complaints_per_100",
    "cost_per_contact",
    "customer_equity",
    "delivery_days",
    "helpdesk_in_time",
    "loss_customers",
    "market_share",
    "mean_satisfaction",
    "nps",
    "on_time",
    "repurchase",
    "revenue_per_contact",
    "threatened_revenue",
    "wallet_share",
]


def on_time(company: Company, window: Window) -> Reading | None:
    """Return which part of the lines was delivered as promised."""
    return figure_of(_deliveries(company, window), "on_time_share")


def delivery_days(company: Company, window: Window) -> Reading | None:
    """Return the median days from order to delivery."""
    return figure_of(_deliveries(company, window), "median_days")


def helpdesk_in_time(company: Company, window: Window) -> Reading | None:
    """Return which part of the requests was answered in time."""
    options = {"target_hours": company.settings.response_hours, "window": window}
    return figure_of(
        attempt("helpdesk_times", helpdesk_times, company.table("helpdesk"), **options), "share_in_time"
    )


def cost_per_contact(company: Company, window: Window) -> Reading | None:
    """Return the cost of a contact."""
    return figure_of(_contacts(company, window, "cost"), "cost_per_contact")


def revenue_per_contact(company: Company, window: Window) -> Reading | None:
    """Return the revenue of purchases after a contact, per contact."""
    return figure_of(_contacts(company, window), "revenue_per_contact")


def acquisition_cost(company: Company, window: Window) -> Reading | None:
    """Return acquisition cost per new customer."""
    period = {"as_of": window.end, "period_days": window.horizon_days}
    spent = company.table("marketing")
    found = attempt(
        "acquisition_and_retention_cost", acquisition_and_retention_cost, company.tx, spent, **period
    )
    return figure_of(found, "", "cost_per_customer", row=0)


def complaints_per_100(company: Company, window: Window) -> Reading | None:
    """Return complaints that came in per hundred active customers."""
    complaints, active = _complaints(company, window), active_customers(company, window)
    return (
        None if complaints is None or active is None else Reading(100 * len(complaints) / active.n, active.n)
    )


def complaint_days(company: Company, window: Window) -> Reading | None:
    """Return the median days to resolve a complaint that came in and is resolved."""
    complaints = _complaints(company, window)
    if complaints is None or "closed" not in complaints:
        return None
    known = window.end_day - complaints["closed"] > 0
    waited = (complaints["closed"] - complaints["opened"])[known.fillna(False)]
    return Reading(float(waited.median()), len(waited)) if len(waited) else None


def nps(company: Company, window: Window) -> Reading | None:
    """Return the Net Promoter Score of the answers given in the period."""
    scale = company.settings.survey_scale
    asked = _answers(company, window, "recommend")
    return figure_of(attempt("net_promoter_score", net_promoter_score, asked, scale=scale), "nps")


def mean_satisfaction(company: Company, window: Window) -> Reading | None:
    """Return the mean overall satisfaction of the answers given in the period."""
    asked = _answers(company, window, "overall")
    return None if asked is None or asked.empty else Reading(float(asked["score"].mean()), len(asked))


def repurchase(company: Company, window: Window) -> Reading | None:
    """Return which part intends to buy again."""
    scale = company.settings.survey_scale
    asked = _answers(company, window, "repurchase")
    found = attempt("intention_and_trust", intention_and_trust, asked, scale=scale)
    return figure_of(found, "", "share_positive", row=0)


def wallet_share(company: Company, window: Window) -> Reading | None:
    """Return our share of what customers spend; the wallet is known of the last period only."""
    wallets = company.table("accounts", "wallet") if _is_last(company, window) else None
    period = {"as_of": window.end, "period_days": window.horizon_days}
    found = attempt("share_of_wallet", share_of_wallet, company.tx, wallets, **period)
    return figure_of(found, "share_of_wallet")


def loss_customers(company: Company, window: Window) -> Reading | None:
    """Return which part of the customers costs more than it brings; pools are of the last period only."""
    costs = company.table("costs") if _is_last(company, window) else None
    period = {"as_of": window.end, "period_days": window.horizon_days}
    rate = company.settings.margin_rate
    found = attempt("customer_profit", customer_profit, company.tx, costs, margin_rate=rate, **period)
    if found.table.empty:
        return None
    profit = found.tables["customers"]["profit"]
    return Reading(float((profit < company.settings.profit_hurdle).mean()), len(profit))


def threatened_revenue(company: Company, window: Window) -> Reading | None:
    """Return the expected loss of the risk list."""
    return _summed(company, "scores", "expected_loss") if _is_last(company, window) else None


def customer_equity(company: Company, window: Window) -> Reading | None:
    """Return Σ CLV, of the present list and of the one before."""
    return _summed(company, "scores" if _is_last(company, window) else "clv_before", "clv")


def market_share(company: Company, window: Window) -> Reading | None:
    """Return our share of the market in its last period."""
    market = company.table("market") if _is_last(company, window) else None
    return figure_of(attempt("market_ratios", market_ratios, market), "market_share")


def _is_last(company: Company, window: Window) -> bool:
    return window == last_window(company.tx, company.as_of, company.settings.period_days)


def _deliveries(company: Company, window: Window) -> Result:
    period = {"as_of": window.end, "period_days": window.horizon_days}
    lines = company.table("deliveries")
    return attempt("delivery_reliability", delivery_reliability, company.tx, lines, **period)


def _contacts(company: Company, window: Window, *needs: str) -> Result:
    period = {"as_of": window.end, "period_days": window.horizon_days}
    rows, days = company.table("contacts", "date", *needs), company.settings.attribution_days
    return attempt("contact_economics", contact_economics, company.tx, rows, within_days=days, **period)


def _complaints(company: Company, window: Window) -> pd.DataFrame | None:
    given = company.table("complaints")
    return None if given is None else dated_table(given, COMPLAINTS, date="opened", window=window)


def _answers(company: Company, window: Window, kind: str) -> pd.DataFrame | None:
    """Return the last answer of each respondent in the period; undated answers count as recent."""
    survey = company.table("survey", "date")
    if survey is None:
        given = company.table("survey") if _is_last(company, window) else None
        rows = None if given is None else dated_table(given, SURVEY)
    else:
        rows = dated_table(survey, SURVEY, window=window).sort_values("day", kind="stable")
    if rows is None:
        return None
    asked = rows[rows["kind"] == kind].drop(columns=["date", "day"], errors="ignore")
    twice = asked["customer_id"].notna() & asked["customer_id"].duplicated(keep="last")
    return asked[~twice]


def _summed(company: Company, table: str, column: str) -> Reading | None:
    given = company.table(table, column)
    if given is None:
        return None
    amounts = numeric(customer_table(given, column, name=table), column, name=table).dropna()
    return Reading(float(amounts.sum()), len(amounts))
