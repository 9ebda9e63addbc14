"""The theme of claims: one table of verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.claims.report import claims_report
from crm_ml.analysis.company import Company
from crm_ml.analysis.results import attempt

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["claims_theme"]


def claims_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Yield the claims report."""
    yield attempt("claims_report", claims_report, company, view)
