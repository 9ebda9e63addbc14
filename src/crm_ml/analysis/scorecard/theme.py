"""The theme of steering: the scorecard and the chain from satisfaction to profit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.results import attempt
from crm_ml.analysis.scorecard.card import scorecard
from crm_ml.analysis.scorecard.chain import satisfaction_loyalty_profit

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["scorecard_theme"]


def scorecard_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Scorecard and chain."""
    yield attempt("scorecard", scorecard, company)
    yield attempt("satisfaction_loyalty_profit", satisfaction_loyalty_profit, company, view)
