"""The theme of price: what a rise does, in general and for the company's own items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.price.insensitivity import price_insensitivity
from crm_ml.analysis.price.price_rises import price_rises
from crm_ml.analysis.results import attempt

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["price_theme"]


def price_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Yield the table of price insensitivity, and the planned rises."""
    yield attempt("price_insensitivity", price_insensitivity)
    yield attempt("price_rises", price_rises, company.table("prices"))
