"""The theme of the market: ratios and penetration, with what a company has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.market.groups import own_sales
from crm_ml.analysis.market.penetration import market_penetration
from crm_ml.analysis.market.shares import market_ratios
from crm_ml.analysis.results import attempt
from crm_ml.analysis.totals import last_window

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["market_theme"]


def market_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Market ratios beside customer equity, and penetration."""
    market = company.table("market")
    window = last_window(company.tx, company.as_of, company.settings.period_days)
    own = None if market is None else own_sales(company.tx, window)
    equity = float(view["clv"].sum()) if "clv" in view else None
    yield attempt("market_ratios", market_ratios, market, own, customer_equity=equity)
    yield attempt("market_penetration", market_penetration, market, own)
