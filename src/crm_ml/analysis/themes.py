"""All analyses of a company, by theme, in the order in which a reader needs them.

Each theme is one function ``(company, view) -> results``; what the data cannot give is named in a result
without rows, and nothing is invented.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd
from threadpoolctl import threadpool_limits

from crm_ml.analysis.accounts.theme import accounts_theme
from crm_ml.analysis.claims.theme import claims_theme
from crm_ml.analysis.company import Company
from crm_ml.analysis.complaints.theme import complaints_theme
from crm_ml.analysis.contacts.theme import contacts_theme, service_theme
from crm_ml.analysis.cross_selling.theme import cross_selling_theme
from crm_ml.analysis.customer_view import customer_view
from crm_ml.analysis.growth.theme import growth_theme, resources_theme
from crm_ml.analysis.market.theme import market_theme
from crm_ml.analysis.price.theme import price_theme
from crm_ml.analysis.profitability.theme import profitability_theme
from crm_ml.analysis.retention.theme import retention_theme, value_theme
from crm_ml.analysis.scorecard.theme import scorecard_theme
from crm_ml.analysis.structure_theme import abc_theme, pyramid_theme, rfm_theme, segments_theme
from crm_ml.analysis.survey.theme import survey_theme
from crm_ml.analysis.table_faults import said_of_faults, without_faults
from crm_ml.analysis.totals import last_window
from crm_ml.base.validation import check_choice

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["THEMES", "Theme", "analyse_themes"]

Theme: TypeAlias = "Callable[[Company, pd.DataFrame], Iterator[Result]]"


THEMES: dict[str, Theme] = {
    "scorecard": scorecard_theme,
    "rfm": rfm_theme,
    "segments": segments_theme,
    "pyramid": pyramid_theme,
    "abc": abc_theme,
    "accounts": accounts_theme,
    "profitability": profitability_theme,
    "growth": growth_theme,
    "resources": resources_theme,
    "retention": retention_theme,
    "value": value_theme,
    "cross_selling": cross_selling_theme,
    "contacts": contacts_theme,
    "service": service_theme,
    "survey": survey_theme,
    "complaints": complaints_theme,
    "price": price_theme,
    "market": market_theme,
    "claims": claims_theme,
}


def analyse_themes(company: Company, only: Iterable[str] = ()) -> Iterator[tuple[str, list[Result]]]:
    """Run the themes, one after the other.

    Parameters
    ----------
    company : Company
        What is known. A table with a fault is set aside, and what needs it says so.
    only : iterable of str
        Names of themes; all of :data:`THEMES` when empty.

    Yields
    ------
    tuple of (str, list of Result)
        Each theme with its results.

    Raises
    ------
    InputError
        When a theme is unknown.
    """
    chosen = [check_choice(name, THEMES, what="theme") for name in only] or list(THEMES)
    company = without_faults(company)
    view = customer_view(company)
    for name in chosen:
        # Long vectors in many short steps: threads of a dot product wait longer than they work.
        with threadpool_limits(1, user_api="blas"):
            results = [_dated(result, company) for result in THEMES[name](company, view)]
        yield name, [said_of_faults(result, company.faults) for result in results]


def _dated(result: Result, company: Company) -> Result:
    """Return the result with the period that it speaks of, or else the day on which it was so."""
    known = result.parameters
    if {"until", "after_until"} & set(known) or known.get("as_of"):
        return result
    window = last_window(company.tx, company.as_of, company.settings.period_days)
    period = {"from": str(window.cutoff)} if "period_days" in known else {}
    return dataclasses.replace(result, parameters={**known, **period, "until": str(window.end)})
