"""The scorecard on a page of its own, to be printed on one sheet and made again every month."""

from __future__ import annotations

import dataclasses
import datetime as dt
from os import PathLike
from pathlib import Path

from crm_ml.base.formats import format_date
from crm_ml.base.result import Result
from crm_ml.base.texts import text
from crm_ml.reporting.blocks import result_blocks
from crm_ml.reporting.page import Page, Section, write_page

__all__ = ["write_scorecard"]


def write_scorecard(
    result: Result, path: str | PathLike[str], *, as_of: dt.date, language: str = "nl"
) -> Path:
    """Write the measures in the order of the cycle, without picture and further divisions.

    Parameters
    ----------
    result : Result
        Of :func:`crm_ml.analysis.scorecard.card.scorecard`.
    path : path
        The file; written atomically, the same bytes every time.
    as_of : date
        Reference date.
    language : {"nl", "en"}
        Language of the page.
    """
    plain = dataclasses.replace(result, plotter=None, tables={})
    blocks = tuple(result_blocks(plain, language, heading=False))
    title = text("analysis_report.scorecard_title", language)
    page = Page(
        language=language,
        title=title,
        subtitle=text("analysis_report.scorecard_subtitle", language, as_of=format_date(as_of, language)),
        sections=(Section("scorecard", title, blocks),),
        contents=text("report.contents", language),
        footer=text("report.footer", language, as_of=format_date(as_of, language)),
        layout="sheet",
    )
    return write_page(page, path)
