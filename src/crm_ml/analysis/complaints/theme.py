"""The theme of complaints and leaving: every analysis of it, with what a company has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.complaints.concentration import complaint_concentration
from crm_ml.analysis.complaints.exit_reasons import exit_reasons
from crm_ml.analysis.complaints.kinds import complaint_causes, complaint_kinds
from crm_ml.analysis.complaints.leavers import retention_after_complaint, silent_leavers
from crm_ml.analysis.complaints.prevention import prevention_minimum
from crm_ml.analysis.complaints.reach import complaint_reach
from crm_ml.analysis.complaints.times import complaint_times
from crm_ml.analysis.day_table import first_days
from crm_ml.analysis.results import attempt
from crm_ml.analysis.totals import customer_totals, last_window, previous, units

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["complaints_theme"]


def complaints_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Yield kinds, causes, times, concentration, reach, prevention, leavers and exit reasons."""
    tx, chosen, complaints = company.tx, company.settings, company.table("complaints")
    known: dict[str, Any] = {"norm_days": chosen.complaint_days, "as_of": company.as_of}
    period: dict[str, Any] = {"as_of": company.as_of, "period_days": chosen.period_days}
    yield attempt("complaint_kinds", complaint_kinds, complaints, **known)
    yield attempt("complaint_causes", complaint_causes, complaints, **known)
    yield attempt("complaint_times", complaint_times, complaints, **known)
    ever = first_days(tx, last_window(tx, company.as_of).end_day).index
    spread = {"known": ever, "as_of": company.as_of}
    yield attempt("complaint_concentration", complaint_concentration, complaints, view.index, **spread)
    assumed = {"spread": chosen.complaint_spread, "silent": chosen.silent_per_complaint}
    yield attempt("complaint_reach", complaint_reach, complaints, as_of=company.as_of, **assumed)
    yield attempt("prevention_minimum", prevention_minimum, company.table("quality_costs"))
    yield attempt("silent_leavers", silent_leavers, tx, complaints, **period)
    norm = {"norm_days": chosen.complaint_days, "seed": chosen.seed}
    yield attempt("retention_after_complaint", retention_after_complaint, tx, complaints, **norm, **period)
    interviews = company.table("exit_interviews")
    worth = None if interviews is None else _yearly_revenue(company)
    yield attempt("exit_reasons", exit_reasons, interviews, worth, ever, as_of=company.as_of)


def _yearly_revenue(company: Company) -> pd.Series[float] | None:
    """Return the larger of the last two periods' revenue: who left had its normal in the one before."""
    if not company.tx.has_money:
        return None
    later = last_window(company.tx, company.as_of, company.settings.period_days)
    both = [customer_totals(company.tx, window)["revenue"] for window in (previous(later), later)]
    largest: pd.Series[float] = pd.concat(both, axis=1).max(axis=1) / units("revenue")
    return largest
