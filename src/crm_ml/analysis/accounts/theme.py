"""The theme of accounts: every analysis of it, with what a company has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.accounts.look_alikes import look_alikes
from crm_ml.analysis.accounts.price_buyers import price_or_value_buyers
from crm_ml.analysis.accounts.significance import EFFECTS, significance, strategic_importance
from crm_ml.analysis.accounts.whitney import whitney
from crm_ml.analysis.company import Company
from crm_ml.analysis.customer_classes import customer_account_classes, customer_classes, customer_ratings
from crm_ml.analysis.results import attempt, not_computed

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["accounts_theme"]


def accounts_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Significance, strategy, rating, classes, actions, price buyers, look-alikes."""
    chosen = company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    scored = any(effect in view for effect in EFFECTS)
    yield attempt("significance", significance, company.tx, **period)
    accounts = view[[effect for effect in EFFECTS if effect in view]] if scored else None
    values = view[["clv"]].dropna() if "clv" in view else None
    yield attempt("strategic_importance", strategic_importance, accounts, values)
    if "revenue" in view:
        yield from _classed(company, view)
    else:
        yield from (
            not_computed(name, "amount") for name in ("customer_rating", "account_classes", "whitney")
        )
    yield attempt("price_or_value_buyers", price_or_value_buyers, company.tx, **period)
    if chosen.wanted:
        known = company.table("accounts", chosen.wanted, *chosen.attributes)
        prospects = company.table("prospects", *chosen.attributes)
        options = {"wanted": chosen.wanted, "attributes": chosen.attributes, "seed": chosen.seed}
        yield attempt("look_alikes", look_alikes, known, prospects, **options)
    else:
        yield not_computed("look_alikes", "prospects")


def _classed(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    joined = pd.concat([view, customer_classes(company, view)], axis=1)
    yield attempt("customer_rating", customer_ratings, company, view)
    yield attempt("account_classes", customer_account_classes, company, view)
    missing = {"profitable": "cost", "strategic": "clv"}
    lacking = [table for flag, table in missing.items() if flag not in joined]
    yield not_computed("whitney", *lacking) if lacking else attempt("whitney", whitney, joined)
