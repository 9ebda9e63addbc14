"""The theme of contacts: every analysis of it, with what a company has; rare tables last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.contacts.buying_group import buying_group_coverage
from crm_ml.analysis.contacts.costs import acquisition_and_retention_cost
from crm_ml.analysis.contacts.deliveries import delivery_reliability
from crm_ml.analysis.contacts.economics import contact_economics, contact_matrix
from crm_ml.analysis.contacts.funnel import funnel_status
from crm_ml.analysis.contacts.helpdesk import helpdesk_times
from crm_ml.analysis.contacts.own_contact import lack_of_attention
from crm_ml.analysis.contacts.programme import programme_effect
from crm_ml.analysis.contacts.referrals import referrals
from crm_ml.analysis.contacts.service_concepts import service_concepts
from crm_ml.analysis.contacts.traffic import click_through
from crm_ml.analysis.results import attempt
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.totals import last_window

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["contacts_theme", "service_theme"]


def contacts_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Attention, funnel, concepts, cost and yield, programme, referrals, buying group, traffic."""
    tx, chosen = company.tx, company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    window = last_window(tx, **period)  # type: ignore[arg-type]
    named = company.table("contacts", "date", "initiative")
    quiet = {"quiet_days": chosen.quiet_days, "risk_cut": chosen.risk_cut, "as_of": window.end}
    yield attempt("lack_of_attention", lack_of_attention, view, named, company.table("scores"), **quiet)
    status, quotes = company.table("accounts", "status"), company.table("quotes", "customer_id")
    yield attempt("funnel_status", funnel_status, tx, status, company.table("contacts"), quotes, **period)
    basis = "margin" if "margin" in view else "revenue"
    served = _served(company, view)
    yield attempt("service_concepts", service_concepts, served, advice_cut=chosen.advice_cut, basis=basis)
    won, spent = company.table("accounts", "channel"), company.table("marketing")
    yield attempt("acquisition_and_retention_cost", acquisition_and_retention_cost, tx, spent, won, **period)
    dated, share = company.table("contacts", "date"), {"within_days": chosen.attribution_days, **period}
    yield attempt("contact_economics", contact_economics, tx, dated, **share)
    yield attempt("contact_matrix", contact_matrix, tx, dated, **share)
    yield attempt("referrals", referrals, tx, company.table("accounts", "referred_by"), **period)
    members, cost = company.table("accounts", "programme_member"), chosen.programme_cost
    yield attempt("programme_effect", programme_effect, tx, members, cost_per_member=cost, **period)
    roles, spoken = company.table("roles"), company.table("contacts", "role")
    yield attempt("buying_group_coverage", buying_group_coverage, roles, spoken, window=window)
    yield attempt("click_through", click_through, company.table("traffic"), window=window)


def service_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Deliveries and the helpdesk."""
    chosen = company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    window = last_window(company.tx, **period)  # type: ignore[arg-type]
    delivered = company.table("deliveries")
    yield attempt("delivery_reliability", delivery_reliability, company.tx, delivered, **period)
    hours = chosen.response_hours
    requests = company.table("helpdesk")
    yield attempt("helpdesk_times", helpdesk_times, requests, target_hours=hours, window=window)


def _served(company: Company, view: pd.DataFrame) -> pd.DataFrame | None:
    """Return margin (or revenue) per order and days between orders; prospects without both."""
    worth = next((name for name in ("margin", "revenue") if name in view), None)
    if worth is None:
        return None
    bought = view[view["orders"] > 0]
    table = pd.DataFrame({"margin_per_order": bought[worth] / bought["orders"]})
    table["days_between_orders"] = company.settings.period_days / bought["orders"]
    accounts = company.table("accounts")
    if accounts is None:
        return table
    known = customer_table(accounts, name="accounts")
    if "status" in known:
        ahead = known.index[known["status"].isin(["prospect", "lead"]) & ~known.index.isin(view.index)]
        table = table.reindex(table.index.append(ahead)).sort_index()
    return table.join(known[["advice_need"]]) if "advice_need" in known else table
