"""The theme of cross-selling: every analysis of it, with what a company has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.cross_selling.breadth import product_breadth
from crm_ml.analysis.cross_selling.forecast import sales_forecast
from crm_ml.analysis.cross_selling.headroom import deep_selling, up_selling
from crm_ml.analysis.cross_selling.rules import also_bought, association_rules, fitted_rules, may_have_rules
from crm_ml.analysis.results import attempt

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["cross_selling_theme"]


def cross_selling_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Rules, suggestions, head-room, breadth, forecast."""
    tx, chosen = company.tx, company.settings
    period: dict[str, Any] = {"as_of": company.as_of, "period_days": chosen.period_days}
    column = _with_rules(company, period)
    yield attempt("association_rules", association_rules, tx, column=column, **period)
    yield attempt("also_bought", also_bought, tx, column=column, **period)
    yield attempt("deep_selling", deep_selling, tx, **period)
    yield attempt("up_selling", up_selling, tx, company.table("products"), **period)
    yield attempt("product_breadth", product_breadth, tx, **period)
    yield attempt("sales_forecast", sales_forecast, tx, as_of=company.as_of, period_days=chosen.forecast_days)


def _with_rules(company: Company, period: dict[str, Any]) -> str:
    """Return products, or categories where products are too many for any two to go together often."""
    for column in ("product_id", "category"):
        if may_have_rules(company.tx, column, **period):
            rules = fitted_rules(company.tx, column=column, **period)
            if rules is not None and len(rules.table):
                return column
    return "product_id" if company.tx.has("product_id") else "category"
