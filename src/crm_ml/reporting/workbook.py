"""The risk list as a workbook for a marketer: whom to call, whom not, everybody, totals, explanation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.formats import format_date
from crm_ml.base.notes import said
from crm_ml.base.texts import LANGUAGES, has_text, text
from crm_ml.base.validation import check_choice, check_positive
from crm_ml.prediction.columns import (
    MARKETER_ORDER,
    RISK_BANDS,
    SCORE_BASES,
    THREATS,
    ListColumn,
    value_label,
)
from crm_ml.reporting.contact_case import contact_sentences
from crm_ml.reporting.sheets import Parts, check_rows, open_book
from crm_ml.reporting.shown import ShownColumn
from crm_ml.reporting.summary import called, holdout_list, summarise

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.prediction.risk_list import AnyList

__all__ = ["write_workbook"]

_WIDTHS = {
    "rank": 6,
    "name": 26,
    "customer_id": 14,
    "owner": 14,
    "expected_loss": 11,
    "risk_band": 10,
    "threat": 12,
    "reason_1": 32,
    "reason_2": 30,
    "reason_3": 30,
    "advice": 44,
    "segment": 18,
    "score_basis": 20,
    "rule": 40,
    "model_version": 18,
}


def write_workbook(
    risk_list: AnyList, path: str | PathLike[str], *, language: str = "nl", capacity: int | None = None
) -> Path:
    """Write the risk list as XLSX, atomically and the same bytes every time.

    Sheets: call list (under threat, no hold-out, nobody who may not be contacted), hold-out, all customers,
    totals, what the columns mean. Ids are text, text never acts as a formula, technical columns are folded
    away at the right.

    Parameters
    ----------
    risk_list : RiskList or StoredList
        The list to write; one on disk is gone through in parts.
    path : path
        The file.
    language : {"nl", "en"}
        Language of labels and coded values.
    capacity : int, optional
        How many customers an owner can call; the best of each owner stay on the call list.

    Raises
    ------
    InputError
        When the list has more than 1,048,575 rows, or an argument is wrong.
    """
    check_choice(language, LANGUAGES, what="language")
    if capacity is not None:
        check_positive(capacity, what="capacity")
    check_rows(len(risk_list))
    columns = [_sheet_column(column, language, risk_list.meta) for column in MARKETER_ORDER]
    title = text("report.title", language)
    with open_book(path, language, made_on=_date(risk_list.meta["as_of"]), title=title) as book:
        sheets: list[tuple[str, Parts, dict[str, Any]]] = [
            (
                "call_list",
                lambda: called(risk_list.batches(), capacity),
                {"wrap": True, "print_to": "advice"},
            ),
            ("holdout", lambda: map(holdout_list, risk_list.batches()), {"print_to": "threat"}),
            ("all_customers", risk_list.batches, {}),
        ]
        for name, parts, options in sheets:
            book.add_parts(text(f"workbook.{name}", language), parts, columns, **options)
        book.add_blocks(text("workbook.totals", language), _totals(risk_list, language, capacity))
        book.add_table(text("workbook.meanings", language), *_meanings(language), wrap=True)
    return Path(path)


def _sheet_column(column: ListColumn, language: str, meta: Mapping[str, Any]) -> ShownColumn:
    currency = f" ({meta['currency']})" if column.kind == "money" and meta.get("currency") else ""
    header = f"{column.label(language)}{currency}"
    return ShownColumn(column.name, header, column.kind, _WIDTHS.get(column.name, 13), column.technical)


def _totals(
    risk_list: AnyList, language: str, capacity: int | None
) -> list[tuple[str, pd.DataFrame, list[ShownColumn]]]:
    columns = {"risk_band": RISK_BANDS, "threat": THREATS, "score_basis": SCORE_BASES, "owner": None}
    found = summarise(risk_list.batches(), columns, capacity)
    owners = found.groups["owner"]
    calls = found.calls.set_index("owner")["customers"]
    owners["on_call_list"] = owners["owner"].map(calls).fillna(0)
    owners["owner"] = owners["owner"].replace("", text("workbook.no_owner", language))
    warned = [said(warning, language) for warning in risk_list.warnings]
    case = contact_sentences(risk_list.batches(), risk_list.meta, language, capacity)
    notes = [(note, "") for note in (*case, text("workbook.advice_note", language), *warned)]
    figures = [(_figure_label(name, language), value) for name, value in risk_list.totals.items()]
    not_called = {text(f"workbook.{reason}", language): count for reason, count in found.left_out.items()}
    return [
        (text("workbook.about", language), *_lines(_about(risk_list, language, capacity), language)),
        (text("workbook.totals", language), *_lines(figures, language)),
        _grouped("by_band", "risk_band", found.groups["risk_band"], language),
        _grouped("by_threat", "threat", found.groups["threat"], language),
        _grouped("by_basis", "score_basis", found.groups["score_basis"], language),
        _grouped("by_owner", "owner", owners, language),
        (text("workbook.left_out", language), *_lines(not_called.items(), language)),
        (text("workbook.warnings", language), *_lines(notes, language)),
    ]


def _about(risk_list: AnyList, language: str, capacity: int | None) -> list[tuple[str, str]]:
    meta = risk_list.meta
    labels = {column.name: column.label(language) for column in MARKETER_ORDER}
    limit = text("workbook.no_capacity", language) if capacity is None else str(capacity)
    return [
        (labels["as_of"], format_date(_date(meta["as_of"]), language)),
        (labels["horizon_days"], str(meta["horizon_days"])),
        (labels["clv_horizon_days"], str(meta["clv_horizon_days"])),
        (labels["basis"], f"{value_label('basis', meta['basis'], language)} {meta['currency']}".strip()),
        (labels["model_version"], str(meta["model_version"])),
        (text("workbook.campaign", language), str(meta.get("campaign", ""))),
        (text("workbook.capacity", language), limit),
    ]


def _figure_label(name: str, language: str) -> str:
    return text(f"totals.{name}", language) if has_text(f"totals.{name}") else name.replace("_", " ")


def _lines(pairs: Iterable[tuple[str, Any]], language: str) -> tuple[pd.DataFrame, list[ShownColumn]]:
    """Make a block of label and value; numbers stay numbers."""
    import pandas as pd

    rows = [
        (label, *(("", float(value)) if isinstance(value, int | float) else (str(value), None)))
        for label, value in pairs
    ]
    rows = rows or [(text("workbook.nothing", language), "", None)]
    table = pd.DataFrame(rows, columns=["item", "words", "value"])
    table["value"] = table["value"].astype("float64")
    columns = [
        ShownColumn("item", text("workbook.item", language), "text"),
        ShownColumn("value", text("workbook.value", language), "money"),
        ShownColumn("words", "", "text"),
    ]
    return table, columns if table["value"].notna().any() else [columns[0], columns[2]]


def _grouped(
    heading: str, column: str, table: pd.DataFrame, language: str
) -> tuple[str, pd.DataFrame, list[ShownColumn]]:
    by_name = {one.name: one for one in MARKETER_ORDER}
    group = by_name[column]
    columns = [ShownColumn(column, group.label(language), group.kind)]
    columns += [ShownColumn("customers", text("workbook.customers", language), "int")]
    columns += [
        ShownColumn(name, by_name[name].label(language), "money")
        for name in ("expected_loss", "revenue_12m")
        if name in table.columns
    ]
    if "on_call_list" in table.columns:
        columns.append(ShownColumn("on_call_list", text("workbook.on_call_list", language), "int"))
    return text(f"workbook.{heading}", language), table, columns


def _meanings(language: str) -> tuple[pd.DataFrame, list[ShownColumn]]:
    import pandas as pd

    rows = [(column.label(language), column.meaning(language), column.name) for column in MARKETER_ORDER]
    widths = {"column": 32, "meaning": 100, "name_in_files": 26}
    columns = [ShownColumn(name, text(f"workbook.{name}", language), "text", widths[name]) for name in widths]
    return pd.DataFrame(rows, columns=list(widths)), columns


def _date(value: Any) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)[:10])
