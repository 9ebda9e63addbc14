"""The themes of retention and of value, with what a company has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.results import attempt
from crm_ml.analysis.retention.bridge import revenue_bridge
from crm_ml.analysis.retention.build_up import profit_build_up
from crm_ml.analysis.retention.chance import decay_net_of_chance
from crm_ml.analysis.retention.cohorts import cohort_grid, first_year_decay
from crm_ml.analysis.retention.customer_growth import growth_per_customer
from crm_ml.analysis.retention.equity_bridge import equity_bridge
from crm_ml.analysis.retention.fiscal import fiscal_bridges
from crm_ml.analysis.retention.lifetime import customer_equity, retention_what_if, simple_lifetime_value
from crm_ml.analysis.retention.proven_decline import proven_decline
from crm_ml.analysis.retention.rates import retention_index, retention_rates
from crm_ml.analysis.retention.wallet import potential_index, share_of_wallet

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["retention_theme", "value_theme"]


def retention_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Bridges, decay, cohorts and retention."""
    tx, chosen = company.tx, company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    groups = company.table("accounts", chosen.group)
    named = {"group": chosen.group, **period}
    yield attempt("revenue_bridge", revenue_bridge, tx, groups, **named)
    yield attempt("fiscal_bridges", fiscal_bridges, tx, first_month=chosen.fiscal_month)
    options = {"min_purchases": chosen.min_purchases, "seed": chosen.seed, **period}
    yield attempt("decay_net_of_chance", decay_net_of_chance, tx, **options)
    yield attempt("proven_decline", proven_decline, tx, as_of=company.as_of)
    yield attempt("first_year_decay", first_year_decay, tx, company.table("accounts"), **period)
    yield attempt("cohort_grid", cohort_grid, tx, as_of=company.as_of, period_days=chosen.cohort_days)
    yield attempt("retention_rates", retention_rates, tx, **period)
    yield attempt("retention_index", retention_index, tx, groups, **named)
    yield attempt("growth_per_customer", growth_per_customer, tx, groups, **named)


def value_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Lifetime value, equity, build-up over the years, what-if, wallet."""
    tx, chosen = company.tx, company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    money = {"margin_rate": chosen.margin_rate, "as_of": company.as_of}
    rates = {**money, "discount_rate": chosen.discount_rate, "period_days": chosen.period_days}
    simple = attempt("simple_lifetime_value", simple_lifetime_value, tx, **rates)
    yield simple
    if len(simple.table):
        lines = simple.table.set_index("line")["amount"]
        yearly = float(lines["margin_per_purchase"] * lines["purchases_per_year"])
        options = {"discount_rate": chosen.discount_rate, "customers": simple.n, "basis": simple.basis}
        yield attempt("retention_what_if", retention_what_if, yearly, float(lines["retention"]), **options)
    scores, groups = company.table("scores", "clv"), company.table("accounts", chosen.group)
    yield attempt("customer_equity", customer_equity, scores, groups, group=chosen.group)
    yield attempt("equity_bridge", equity_bridge, company.table("clv_before", "clv"), scores)
    others = {
        "acquisition_cost": chosen.acquisition_cost,
        "costs": view[["cost_to_serve"]] if "cost_to_serve" in view else None,
        "referrals": company.table("accounts", "referred_by"),
    }
    yield attempt("profit_build_up", profit_build_up, tx, **others, **money)
    yield attempt("share_of_wallet", share_of_wallet, tx, company.table("accounts", "wallet"), **period)
    yield attempt("potential_index", potential_index, tx, groups, profile=chosen.group, **period)
