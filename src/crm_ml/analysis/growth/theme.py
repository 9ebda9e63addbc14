"""The themes of growth and of resources, with what a company has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.cross_selling.bought import sold_by_category
from crm_ml.analysis.day_table import first_days
from crm_ml.analysis.growth.account_forecast import account_forecast
from crm_ml.analysis.growth.account_targets import account_variance, mix_variance
from crm_ml.analysis.growth.allocation import proportional_allocation
from crm_ml.analysis.growth.dependence import mutual_dependence, payback
from crm_ml.analysis.growth.efficiency import efficiency
from crm_ml.analysis.growth.outside import outside_influences
from crm_ml.analysis.growth.people import employee_rates, farmer_commission, seller_scores
from crm_ml.analysis.growth.risk import concentration_risk, revenue_at_risk
from crm_ml.analysis.growth.target import growth_target, investment_room
from crm_ml.analysis.pyramid import LEVELS, pyramid
from crm_ml.analysis.results import attempt, empty_result, not_computed
from crm_ml.analysis.retention.bridge import revenue_bridge
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.totals import last_window, previous
from crm_ml.analysis.words import note

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["growth_theme", "resources_theme"]


def growth_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Growth target with measured decay, account targets, revenue at risk, dependence."""
    chosen = company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}

    def target() -> Result:
        # Classes of the period before: what happened to those who were top then is the decay of the top.
        start = previous(last_window(company.tx, company.as_of, chosen.period_days))
        before = pyramid(
            company.tx, as_of=start.end, period_days=chosen.period_days, cuts=chosen.pyramid_cuts
        )
        levels = before.tables["customers"]
        bridge = revenue_bridge(
            company.tx, levels, group="class", as_of=company.as_of, period_days=chosen.period_days
        )
        classes = bridge.tables["groups"].set_index("class").reindex(list(LEVELS)).dropna(how="all")
        return growth_target(classes[classes["start"] > 0].reset_index(), growth=chosen.growth)

    yield attempt("growth_target", target)
    gains = {"required_return": chosen.required_return, "discount_rate": chosen.discount_rate}
    if chosen.margin_gains:
        yield attempt("investment_room", investment_room, list(chosen.margin_gains), **gains)
    else:
        yield empty_result("investment_room", note("without_column", column="margin_gains"))
    yield from _targets(company, view)
    scores = company.table("scores", "usual_spend", "expected_loss")
    yield attempt("revenue_at_risk", revenue_at_risk, scores, seed=chosen.seed)
    yield attempt("concentration_risk", concentration_risk, company.tx, **period)
    yield attempt("mutual_dependence", mutual_dependence, view if "wallet" in view else None)
    yield attempt("payback", payback, company.table("investments"), discount_rate=chosen.discount_rate)
    yield attempt("efficiency", efficiency, company.table("periods"))


def _targets(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Forecast per account, outside influences, and the variance of accounts and categories."""
    tx, chosen = company.tx, company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    yield attempt("account_forecast", account_forecast, tx, margin_rate=chosen.margin_rate, **period)
    outside = attempt("outside_influences", outside_influences, tx, company.table("regressors"), **period)
    yield outside
    share = outside.figures.get("outside", 0.0)
    yield attempt("account_variance", account_variance, company.table("targets"), view, outside=share)
    planned = company.table("category_targets")
    window = last_window(tx, company.as_of, chosen.period_days)

    def mix() -> Result:
        if planned is None or not tx.has("category") or not tx.has_money:
            return not_computed("mix_variance", "category_targets" if planned is None else "category")
        return mix_variance(planned, sold_by_category(tx, window))

    yield attempt("mix_variance", mix)


def resources_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Hours in proportion to value, cost of people, commission, scores of sellers."""
    chosen = company.settings
    yield attempt("employee_rates", employee_rates, company.table("employees"))
    weight = next((name for name in ("profit", "clv", "revenue") if name in view), None)
    if chosen.hours and weight:
        hours = view.assign(hours=view["minutes"] / 60) if "minutes" in view else view
        yield attempt("proportional_allocation", proportional_allocation, hours, chosen.hours, weight=weight)
    else:
        yield empty_result("proportional_allocation", note("without_column", column="hours"))
    accounts = company.table("accounts", "owner")
    yield attempt("farmer_commission", farmer_commission, _portfolio(company, view))

    def sellers() -> Result:
        if accounts is None:
            return not_computed("seller_scores", "accounts")
        changes = revenue_bridge(
            company.tx, accounts, group="owner", as_of=company.as_of, period_days=chosen.period_days
        ).tables["customers"]
        return seller_scores(changes, company.table("quotes", "owner", "won"))

    yield attempt("seller_scores", sellers)


def _portfolio(company: Company, view: pd.DataFrame) -> pd.DataFrame | None:
    """Return owner, profit and years since the first purchase of each customer with an owner."""
    accounts = company.table("accounts", "owner")
    if accounts is None or "profit" not in view:
        return None
    table = view[["profit"]].join(customer_table(accounts, "owner", name="accounts")["owner"], how="inner")
    end = last_window(company.tx, company.as_of, company.settings.period_days).end_day
    table["lifetime_years"] = (end - first_days(company.tx, end).reindex(table.index)) / 365
    return table
