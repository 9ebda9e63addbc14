"""The theme of cross-selling: every analysis of it, with what a company has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.cross_selling.breadth import product_breadth
from crm_ml.analysis.cross_selling.forecast import sales_forecast
from crm_ml.analysis.cross_selling.headroom import deep_selling, up_selling
from crm_ml.analysis.cross_selling.rules import also_bought, association_rules
from crm_ml.analysis.results import attempt

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["cross_selling_theme"]


def cross_selling_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Rules, suggestions, head-room, breadth, forecast."""
    tx, chosen = company.tx, company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    yield attempt("association_rules", association_rules, tx, **period)
    yield attempt("also_bought", also_bought, tx, **period)
    yield attempt("deep_selling", deep_selling, tx, **period)
    yield attempt("up_selling", up_selling, tx, company.table("products"), **period)
    yield attempt("product_breadth", product_breadth, tx, **period)
    yield attempt("sales_forecast", sales_forecast, tx, as_of=company.as_of, period_days=chosen.forecast_days)
