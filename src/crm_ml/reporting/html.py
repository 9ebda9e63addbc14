"""The report of a risk list as one self-contained HTML file, in the order in which a marketer asks.

How much money threatens to leave and with whom; what changed; the top of the list; was the last list right;
the customer base; the proof; the technique. A section whose input is missing says so by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.formats import counted, format_date
from crm_ml.base.texts import LANGUAGES, text
from crm_ml.base.validation import check_choice
from crm_ml.prediction.columns import value_label
from crm_ml.reporting.page import Page, write_page
from crm_ml.reporting.proof import proof_section
from crm_ml.reporting.sections import (
    base_section,
    changes_section,
    money_section,
    outcome_section,
    technique_section,
    top_section,
)

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.evaluation.comparison import Comparison
    from crm_ml.prediction.risk_list import AnyList

__all__ = ["write_report"]


def write_report(
    path: str | PathLike[str],
    risk_list: AnyList,
    *,
    comparisons: Sequence[Comparison] = (),
    base: Sequence[Result] = (),
    changes: Result | None = None,
    last_outcome: Result | None = None,
    card: Mapping[str, Any] | None = None,
    capacity: int | None = None,
    language: str = "nl",
) -> Path:
    """Write the report, atomically and the same bytes every time.

    Parameters
    ----------
    path : path
        The file.
    risk_list : RiskList
        The list that the report is about.
    comparisons : sequence of Comparison
        The judgement of the models of each task on later data.
    base : sequence of Result
        Analyses of the customer base; RFM heat map and concentration of the listed customers without them.
        Tables that name customers are left out, since analyses do not know the suppression list.
    changes : Result, optional
        A comparison with the last list; what the column ``since_last_list`` tells is shown without it.
    last_outcome : Result, optional
        What became of an earlier list.
    card : mapping, optional
        The model card: label → text, number, list, mapping, table or Result (data quality, versions …).
    capacity : int, optional
        How many customers an owner can call, as for the workbook.
    language : {"nl", "en"}
        Language of the report.
    """
    check_choice(language, LANGUAGES, what="language")
    meta = risk_list.meta
    as_of = format_date(meta["as_of"], language)
    basis = f"{value_label('basis', meta['basis'], language)} {meta['currency']}".strip()
    horizon = counted(meta["horizon_days"], "day", language)
    page = Page(
        language=language,
        title=text("report.title", language),
        subtitle=text("report.subtitle", language, as_of=as_of, horizon=horizon, basis=basis),
        sections=(
            money_section(risk_list, language, capacity),
            changes_section(risk_list, changes, language),
            top_section(risk_list, language, capacity),
            outcome_section(last_outcome, language),
            base_section(risk_list, base, language),
            proof_section(comparisons, language),
            technique_section(risk_list, card, language),
        ),
        contents=text("report.contents", language),
        footer=text("report.footer", language, as_of=as_of),
    )
    return write_page(page, path)
