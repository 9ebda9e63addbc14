"""The report on a campaign in the order in which a marketer asks: what now, whom, how sure, how many, who."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from crm_ml.base.formats import format_date, format_number, format_share
from crm_ml.base.notes import Note, Wording, said
from crm_ml.base.result import Result
from crm_ml.base.texts import LANGUAGES, has_text, text
from crm_ml.base.validation import check_choice
from crm_ml.prediction.uplift_list import UPLIFT_LIST, column_text
from crm_ml.reporting.blocks import result_blocks
from crm_ml.reporting.page import Block, KeyFigures, Page, Section, Table, Words, write_page
from crm_ml.reporting.shown import ShownColumn, shown_table

__all__ = ["UpliftReport", "list_columns", "named_features", "write_uplift_page"]

_TOP = 15
_WIDTHS = {"name": 26, "customer_id": 14, "owner": 14, "contact_group": 14, "ranking": 18}


@dataclass(frozen=True)
class UpliftReport:
    """What a campaign taught, for who reads it.

    Parameters
    ----------
    results : mapping of str to Result
        Judgement, budgets, profile, assignment.
    ranking : str
        What the list is ordered by: uplift, contact_value, or none.
    table : DataFrame
        The list; empty when no ranking is proved.
    notes : tuple of Note
        What a reader must know.
    as_of : date
        Reference date of the list.
    """

    results: Mapping[str, Result]
    ranking: str
    table: pd.DataFrame
    notes: tuple[Note, ...]
    as_of: dt.date

    @property
    def groups(self) -> dict[str, int]:
        """How many customers to contact, to hold out and to leave alone."""
        groups = self.table["contact_group"]
        return {name: int((groups == name).sum()) for name in ("contact", "holdout", "none")}

    def verdict(self, language: str) -> list[str]:
        """Return in sentences what the contact did, which ranking to use, and what a size would bring."""
        found = self.results["uplift_rankings"].figures
        name = "shown" if found["effect_low"] > 0 else "harmful" if found["effect_high"] < 0 else "not_shown"
        ends = {
            one: found[f"effect{end}"] for one, end in (("effect", ""), ("low", "_low"), ("high", "_high"))
        }
        effect = Note(f"uplift_notes.effect_{name}", ends)
        lines = [effect, Note(f"uplift_notes.verdict_{self.ranking}")]
        return [said(one, language) for one in (*lines, *self._budget())]

    def _budget(self) -> list[Note]:
        if self.ranking != "uplift":
            return []
        table = self.results["uplift_budgets"].table
        own = table[table["ranking"] == self.ranking].set_index("share")
        sizes = self.results["uplift_budgets"].figures
        # Where contacts cost nothing, everybody is the best size, and there is nothing left to choose.
        share = sizes["best_share"] if sizes["best_share"] < 1 else sizes["ahead_share"]
        names = {"above": "above_random"} | {
            name: name for name in ("gain", "low", "high", "above_low", "above_high")
        }
        values: dict[str, Any] = {name: float(own[column].loc[share]) for name, column in names.items()}
        shown = Wording(*(format_share(share, language) for language in ("en", "nl")))
        return [Note("uplift_notes.budget_case", {"share": shown, **values})]


def write_uplift_page(report: UpliftReport, path: str | PathLike[str], *, language: str = "nl") -> Path:
    """Write the report as one self-contained HTML page, the same bytes every time.

    Parameters
    ----------
    report : UpliftReport
        What there is to tell.
    path : path
        The file.
    language : {"nl", "en"}
        Language of the report.
    """
    check_choice(language, LANGUAGES, what="language")
    results = {name: _shown(one) for name, one in report.results.items()}
    parts = {"proof": "uplift_rankings", "size": "uplift_budgets", "who": "uplift_profile"}
    parts |= {"fair": "uplift_assignment"}
    sections = [_verdict(report, language), *([_list(report, language)] if len(report.table) else [])]
    for name, result in parts.items():
        if result in results:
            lead = [Words(text("uplift_notes.proof_read", language), "note")] if name == "proof" else []
            blocks = (*lead, *result_blocks(results[result], language, heading=False))
            sections.append(Section(name, text(f"uplift_notes.{name}", language), blocks))
    day = format_date(report.as_of, language)
    customers = format_number(report.results["uplift_rankings"].n, language)
    page = Page(
        language=language,
        title=text("uplift_notes.title", language),
        subtitle=text("uplift_notes.subtitle", language, customers=customers, as_of=day),
        sections=sections,
        contents=text("report.contents", language),
        footer=text("report.footer", language, as_of=day),
    )
    return write_page(page, path)


def named_features(result: Result) -> Result:
    """Return a result whose features are called as a reader calls them; own columns keep their name."""
    if "feature" not in result.table:
        return result
    shown = [
        Wording(*(text(f"features.{name}", one) for one in ("en", "nl")))
        if has_text(f"features.{name}")
        else Wording(str(name), str(name))
        for name in result.table["feature"]
    ]
    column = pd.Series(shown, index=result.table.index, dtype=object)  # as text it would be English only
    return dataclasses.replace(result, table=result.table.assign(feature=column))


def _shown(result: Result) -> Result:
    """Leave out the points of the curve: they are drawn."""
    if "curve" not in result.tables:
        return named_features(result)
    tables = {name: table for name, table in result.tables.items() if name != "curve"}
    return dataclasses.replace(result, tables=tables, plotter=lambda _, language: result.plot(language))


def list_columns(language: str) -> list[ShownColumn]:
    """Return how the columns of the list are shown."""
    return [
        ShownColumn(one.name, column_text(one, language), one.kind, _WIDTHS.get(one.name, 11), one.technical)
        for one in UPLIFT_LIST
    ]


def _verdict(report: UpliftReport, language: str) -> Section:
    lead, *more = report.verdict(language)
    judged = report.results["uplift_rankings"]
    modelled = "uplift" in set(judged.table["ranking"])
    figures = {name: judged.figures[name] for name in ("effect", *(["qini"] if modelled else []))}
    shown = [(format_number(value, language, decimals=1), name) for name, value in figures.items()]
    counts = report.groups if len(report.table) else {}
    shown += [(format_number(counts[name], language), name) for name in counts if name != "none"]
    blocks: list[Block] = [
        Words(lead, "lead"),
        KeyFigures(tuple((value, text(f"uplift_notes.figure_{name}", language)) for value, name in shown)),
        *(Words(one) for one in more),
        *(Words(said(note, language), "warning") for note in report.notes),
    ]
    return Section("verdict", text("uplift_notes.verdict", language), tuple(blocks))


def _list(report: UpliftReport, language: str) -> Section:
    counts = {name: format_number(count, language) for name, count in report.groups.items()}
    reached = report.table[report.table["contact_group"] == "contact"].head(_TOP)
    filled = [name for name in ("name", "owner") if (reached[name] != "").any()]
    worth = ["contact_value"] if report.ranking != "uplift" or (reached["basis"] != "").any() else []
    names = ["rank", "customer_id", *filled, *worth, "effect", "tenth", "measured"]
    names = [name for name in names if reached[name].notna().any()]
    columns = [one for name in names for one in list_columns(language) if one.name == name]
    blocks: list[Block] = [Words(text("uplift_notes.list_lead", language, **counts))]
    blocks += [Table(shown_table(reached, columns, language))] if len(reached) else []
    return Section("list", text("uplift_notes.list", language), tuple(blocks))
