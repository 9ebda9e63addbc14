"""The theme of the survey: every analysis of it, with what a company has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.customer_classes import customer_classes
from crm_ml.analysis.day_table import first_days
from crm_ml.analysis.results import attempt
from crm_ml.analysis.survey.coverage import survey_coverage
from crm_ml.analysis.survey.curve import LOYAL, satisfaction_curve
from crm_ml.analysis.survey.customer_gain import value_for_customer
from crm_ml.analysis.survey.gaps import gap_analysis
from crm_ml.analysis.survey.intention import intention_and_trust
from crm_ml.analysis.survey.loyalty import intended_loyalty, modelled_loyalty
from crm_ml.analysis.survey.matrix import satisfaction_by_loyalty
from crm_ml.analysis.survey.nps import net_promoter_score
from crm_ml.analysis.survey.satisfaction import satisfaction
from crm_ml.analysis.survey.self_image import self_image_gap
from crm_ml.analysis.survey.zones import loyalty_zones
from crm_ml.analysis.tables import customer_table, plain_table
from crm_ml.analysis.totals import last_window
from crm_ml.analysis.words import note

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["customer_loyalty", "survey_theme"]


def survey_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Coverage, NPS, satisfaction, gaps, zones, satisfaction × loyalty, intention, value, self-image."""
    chosen, survey = company.settings, company.table("survey")
    known: dict[str, Any] = {"scale": chosen.survey_scale, "as_of": company.as_of}
    groups = company.table("accounts", chosen.group)
    classes = view.join(customer_classes(company, view))
    ever = first_days(company.tx, last_window(company.tx, company.as_of).end_day).index
    yield attempt("survey_coverage", survey_coverage, survey, classes, ever, **known)
    yield attempt("net_promoter_score", net_promoter_score, survey, groups, group=chosen.group, **known)
    yield attempt("satisfaction", satisfaction, survey, **known)
    yield attempt("gap_analysis", gap_analysis, survey, **known)
    yield attempt("loyalty_zones", loyalty_zones, survey, view, **known)
    yield from _satisfied_and_loyal(company, view, known)
    yield attempt("intention_and_trust", intention_and_trust, survey, **known)
    yield attempt("value_for_customer", value_for_customer, survey, **known)
    yield attempt("self_image_gap", self_image_gap, survey, **known)


def customer_loyalty(company: Company) -> tuple[pd.Series[float] | None, str]:
    """Return loyalty by customer, from the risk list or else from intention, and which of the two it is."""
    for name in ("p_at_risk", "p_stopped"):
        scores = company.table("scores", name)
        if scores is not None:
            return modelled_loyalty(scores), "model"
    survey = company.table("survey")
    if survey is None:
        return None, ""
    stated = intended_loyalty(survey, scale=company.settings.survey_scale, as_of=company.as_of)
    return (None, "") if stated.empty else (stated, "intention")


def _satisfied_and_loyal(company: Company, view: pd.DataFrame, known: dict[str, Any]) -> Iterator[Result]:
    chosen, survey = company.settings, company.table("survey")
    accounts = company.table("accounts", chosen.group)
    customers = view if accounts is None else _with_group(view, accounts, chosen.group)

    def loyalty() -> tuple[pd.Series[float] | None, tuple[str, ...]]:
        found, source = customer_loyalty(company)
        return found, (note("loyalty_intended"),) if source == "intention" else ()

    def matrix() -> Result:
        found, notes = loyalty()
        people: dict[str, Any] = {
            "referrers": _named(company, "accounts", "referred_by"),
            "complained": _named(company, "complaints", "customer_id"),
            "gone": _gone(company, view),
        }
        cut: dict[str, Any] = {"cut": chosen.loyalty_cut, "group": chosen.group}
        result = satisfaction_by_loyalty(survey, found, customers, **cut, **people, **known)
        return result.with_warnings(*notes)

    def curve() -> Result:
        found, notes = loyalty()
        cut = LOYAL if chosen.loyalty_cut is None else chosen.loyalty_cut
        return satisfaction_curve(survey, found, cut=cut, seed=chosen.seed, **known).with_warnings(*notes)

    yield attempt("satisfaction_by_loyalty", matrix)
    yield attempt("satisfaction_curve", curve)


def _with_group(view: pd.DataFrame, accounts: IntoFrame, group: str) -> pd.DataFrame:
    groups = customer_table(accounts, group, name="accounts")[[group]]
    return view.drop(columns=group, errors="ignore").join(groups)


def _named(company: Company, table: str, column: str) -> set[str]:
    """Return the customers that a column of an optional table names."""
    found = company.table(table, column)
    if found is None:
        return set()
    cells = plain_table(found, column, name=table)[column].dropna().astype("str")
    return set(cells[cells.str.strip() != ""])


def _gone(company: Company, view: pd.DataFrame) -> set[str]:
    """Return the customers of the survey who bought nothing in the last period."""
    survey = company.table("survey", "customer_id")
    if survey is None or "orders" not in view:
        return set()
    return _named(company, "survey", "customer_id") - set(view.index[view["orders"] > 0])
