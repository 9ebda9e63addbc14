"""Figures of the scorecard that the transactions alone give."""

from __future__ import annotations

from crm_ml.analysis.company import Company
from crm_ml.analysis.contacts.costs import new_customers
from crm_ml.analysis.cross_selling.bought import distinct_bought
from crm_ml.analysis.pyramid import pyramid_migration
from crm_ml.analysis.results import attempt
from crm_ml.analysis.retention.customer_growth import growth_per_customer
from crm_ml.analysis.retention.rates import retention_rates
from crm_ml.analysis.scorecard.reading import Reading, figure_of
from crm_ml.analysis.totals import customer_totals, previous
from crm_ml.data.memory import once
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import Window, as_day

__all__ = [
    "active_customers",
    "customer_growth",
    "fallen",
    "gross_margin",
    "new_customer_share",
    "products_per_customer",
    "retention",
    "revenue",
    "risen",
    "seen_before",
]


def active_customers(company: Company, window: Window) -> Reading | None:
    """Return how many customers bought."""
    bought = int((customer_totals(company.tx, window)["purchase_days"] > 0).sum())
    return Reading(bought, bought) if bought else None


def new_customer_share(company: Company, window: Window) -> Reading | None:
    """Return which part of the active customers bought for the first time; none in the first period."""
    active = active_customers(company, window)
    if active is None or not seen_before(company, window):
        return None
    return Reading(len(new_customers(company.tx, window)) / active.n, active.n)


def revenue(company: Company, window: Window) -> Reading | None:
    """Return revenue, returns subtracted."""
    totals = customer_totals(company.tx, window)
    if "revenue" not in totals or totals.empty:
        return None
    return Reading(float(totals["revenue"].sum()) / MONEY_SCALE, len(totals))


def gross_margin(company: Company, window: Window) -> Reading | None:
    """Return gross margin as a share of revenue."""
    totals = customer_totals(company.tx, window)
    if not {"revenue", "margin"} <= set(totals) or float(totals["revenue"].sum()) <= 0:
        return None
    return Reading(float(totals["margin"].sum()) / float(totals["revenue"].sum()), len(totals))


def products_per_customer(company: Company, window: Window) -> Reading | None:
    """Return the mean number of different products of an active customer."""
    if not company.tx.has("product_id"):
        return None
    products = distinct_bought(company.tx, window, "product_id")
    return Reading(float(products.mean()), len(products)) if len(products) else None


def retention(company: Company, window: Window) -> Reading | None:
    """Return which part of the customers of the period before stayed."""
    if not seen_before(company, window):
        return None
    period = {"as_of": window.end, "period_days": window.horizon_days}
    return figure_of(attempt("retention_rates", retention_rates, company.tx, **period), "retention")


def customer_growth(company: Company, window: Window) -> Reading | None:
    """Return the growth of revenue of customers active in both periods."""
    if not seen_before(company, window):
        return None
    days = window.horizon_days
    period = {"as_of": window.end, "period_days": days, "years_back_days": days}
    return figure_of(attempt("growth_per_customer", growth_per_customer, company.tx, **period), "", "growth")


def risen(company: Company, window: Window) -> Reading | None:
    """Return how many customers rose in the pyramid."""
    return _moved(company, window, "risen")


def fallen(company: Company, window: Window) -> Reading | None:
    """Return how many customers fell in the pyramid."""
    return _moved(company, window, "fallen")


def _moved(company: Company, window: Window, which: str) -> Reading | None:
    if not seen_before(company, window):
        return None
    cuts = company.settings.pyramid_cuts
    periods = {"windows": (previous(window), window), "cuts": cuts}
    moved = once(
        company.tx,
        ("moved", window, *cuts),
        lambda: attempt("pyramid_migration", pyramid_migration, company.tx, **periods),
    )
    return figure_of(moved, which)


def seen_before(company: Company, window: Window) -> bool:
    """Return whether the data cover the period before too: without it everybody looks new."""
    return previous(window).cutoff_day - as_day(company.tx.first_day) >= 0
