"""The chain process → satisfaction → loyalty → profit, link by link, on the same customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.company import Company
from crm_ml.analysis.dated import dated_table
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.survey.answers import read_answers
from crm_ml.analysis.survey.theme import customer_loyalty
from crm_ml.analysis.totals import last_window
from crm_ml.analysis.words import note
from crm_ml.data.contact_tables import DELIVERIES
from crm_ml.data.optional_tables import COMPLAINTS
from crm_ml.data.windows import Window

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["rank_correlation", "satisfaction_loyalty_profit"]

_Z = 1.959964
_LEAST = 10  # fewer pairs say nothing
# Link by link, and last the two ends of the chain.
_LINKS = (
    ("on_time_share", "satisfaction"),
    ("complaints", "satisfaction"),
    ("satisfaction", "loyalty"),
    ("loyalty", "worth"),
    ("satisfaction", "worth"),
)


def satisfaction_loyalty_profit(company: Company, view: pd.DataFrame) -> Result:
    """Measure how strongly the links of the chain hold together over customers.

    Parameters
    ----------
    company : Company
        With a survey (overall satisfaction); scores or the intention to buy again for loyalty; deliveries and
        complaints for the process, where there are any.
    view : DataFrame
        The customer view: ``profit``, else ``margin`` or ``revenue``.

    Returns
    -------
    Result
        ``from_measure, to_measure, correlation`` (Spearman) with its 95 % interval ``low, high`` and ``n``
        (customers of whom both are known); ``tables["customers"]``. A link with fewer than ten customers is
        left out.
    """
    survey = company.table("survey")
    if survey is None:
        return not_computed("satisfaction_loyalty_profit", "survey")
    table = _customers(company, survey, view)
    worth = next((name for name in ("profit", "margin", "revenue") if name in table), None)
    rows = []
    for cause, effect in _LINKS:
        one, other = (worth if name == "worth" else name for name in (cause, effect))
        if one in table and other in table:
            pairs = table[[one, other]].dropna()
            if len(pairs) >= _LEAST:
                rows.append((one, other, *rank_correlation(pairs[one], pairs[other]), len(pairs)))
    found = pd.DataFrame(rows, columns=["from_measure", "to_measure", "correlation", "low", "high", "n"])
    window = last_window(company.tx, company.as_of, company.settings.period_days)
    return finished(
        "satisfaction_loyalty_profit",
        found,
        source="DOMAIN 110; S3 (Peelen); S4 s92–103; interval: Bonett & Wright (2000), Psychometrika 65: 23",
        parameters={"from": str(window.cutoff), "until": str(window.end), "worth": worth},
        basis=worth or "",
        n=int(table["satisfaction"].notna().sum()),
        warnings=_warnings(company, found),
        tables={"customers": table.dropna(subset=["satisfaction"]).reset_index()},
        plotter=charts.bars("to_measure", "correlation") if len(found) else None,
    )


def rank_correlation(one: pd.Series[float], other: pd.Series[float]) -> tuple[float, float, float]:
    """Return Spearman's correlation and its 95 % interval (Fisher's z with the variance of Bonett & Wright).

    Examples
    --------
    >>> a = pd.Series(range(20))
    >>> rank_correlation(a, a ** 2)
    (1.0, 1.0, 1.0)
    """
    if one.nunique() < 2 or other.nunique() < 2:
        return float("nan"), float("nan"), float("nan")
    rho = float(np.corrcoef(one.rank(), other.rank())[0, 1])
    if abs(rho) >= 1 - 1e-12:
        return float(np.sign(rho)), float(np.sign(rho)), float(np.sign(rho))
    half = _Z * np.sqrt((1 + rho**2 / 2) / (len(one) - 3))
    low, high = np.tanh(np.arctanh(rho) - half), np.tanh(np.arctanh(rho) + half)
    return rho, float(low), float(high)


def _customers(company: Company, survey: IntoFrame, view: pd.DataFrame) -> pd.DataFrame:
    answers = read_answers(survey, scale=company.settings.survey_scale, as_of=company.as_of)
    scores = answers.by_customer("overall").rename("satisfaction")
    ids = view.index.union(scores.index)
    table = scores.reindex(ids).to_frame().rename_axis("customer_id")
    loyalty, _ = customer_loyalty(company)
    if loyalty is not None:
        table["loyalty"] = loyalty.reindex(ids)
    for name in ("profit", "margin", "revenue"):
        if name in view:
            table[name] = view[name].reindex(ids)
            break
    _add_process(table, company)
    return table


def _add_process(table: pd.DataFrame, company: Company) -> None:
    """Add the part of a customer's lines that came as promised, and the number of complaints."""
    end = last_window(company.tx, company.as_of, company.settings.period_days).end_day
    deliveries = company.table("deliveries", "customer_id", "promised")
    if deliveries is not None:
        lines = dated_table(deliveries, DELIVERIES, date="ordered", window=Window(0, end))
        kept = (lines["promised"] - lines["delivered"] >= 0).fillna(False).astype("float64")
        table["on_time_share"] = kept.groupby(lines["customer_id"]).mean().reindex(table.index)
    complaints = company.table("complaints")
    if complaints is not None:
        rows = dated_table(complaints, COMPLAINTS, date="opened", window=Window(0, end))
        table["complaints"] = rows.groupby("customer_id").size().reindex(table.index, fill_value=0)


def _warnings(company: Company, found: pd.DataFrame) -> tuple[str, ...]:
    _, source = customer_loyalty(company)
    said = [note("correlation_no_cause")]
    if source == "model":
        said.append(note("loyalty_from_model"))
    return (*said, *((note("too_few_pairs", least=_LEAST),) if found.empty else ()))
