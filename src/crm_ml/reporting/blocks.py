"""Results of analyses and model cards as blocks of a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from crm_ml.analysis.words import translated, word
from crm_ml.base.formats import format_number, format_share
from crm_ml.base.notes import Note
from crm_ml.base.result import Result
from crm_ml.base.texts import has_text, text
from crm_ml.reporting.by_unit import UNITS, written_by_unit
from crm_ml.reporting.facts import result_facts
from crm_ml.reporting.page import Block, Picture, Table, Words
from crm_ml.reporting.shown import ShownColumn, ShownTable, decimals_of, kind_of, shown_table

__all__ = ["card_blocks", "result_blocks", "result_columns", "result_title"]

_MOST_ROWS, _FIRST_ROWS = 30, 12  # a longer table (points of a curve) shows its start; a file holds it whole
_LONGEST_FACT = 1500
_MISSING = tuple(f"analysis_notes.{name}" for name in ("not_computed", "measures_missing", "faulty_table"))


def result_title(result: Result, language: str) -> str:
    """Return the title of a result in the language of a reader."""
    title = word(result.name, language)
    return title[:1].upper() + title[1:]


def result_columns(
    table: pd.DataFrame, said: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, list[ShownColumn]]:
    """Return a table of a result, the same in the reader's words, and how its columns are shown.

    Parameters
    ----------
    table, said : DataFrame
        The table and its translation; a named index becomes columns. Both come back with the stable names,
        since two columns may well be called the same in a reader's words.
    """
    if any(name is not None for name in table.index.names):
        table, said = table.reset_index(), said.reset_index()
    headers = said.columns.map(str)
    columns = []
    for name, header in zip(table.columns, headers, strict=True):
        kind = kind_of(str(name), table[name])
        decimals = decimals_of(kind, table[name])
        columns.append(ShownColumn(str(name), header, kind, decimals=decimals))
    names = [column.name for column in columns]
    return table.set_axis(names, axis=1), said.set_axis(names, axis=1), columns


def result_blocks(result: Result, language: str, *, heading: bool = True, brief: bool = False) -> list[Block]:
    """Return title, notes, picture, figures, tables, formula and source of a result.

    Parameters
    ----------
    result : Result
        From an analysis.
    language : {"nl", "en"}
        Language of the reader.
    heading : bool
        Whether the title is part of the blocks.
    brief : bool
        Leave out further tables, and any table that names customers: a page that honours a suppression list
        cannot show them.
    """
    said = translated(result, language)
    blocks: list[Block] = [Words(result_title(result, language), "heading")] if heading else []
    # What is missing comes after what is there: a reader with few tables would meet nothing else first.
    absent = [len(result.table) > 0 and _tells_what_is_missing(one) for one in result.warnings]
    notes = list(zip(said.warnings, absent, strict=True))
    blocks += [Words(words, "warning") for words, later in notes if not later]
    if result.plotter is not None and len(result.table):
        blocks.append(Picture(result.plot(language), result_title(result, language)))
    if said.figures:
        figures = {word(name, language): (name, value) for name, value in result.figures.items()}
        blocks.append(Table(_pairs({label: _figure(*one, language) for label, one in figures.items()})))
    tables = [("", result.table, said.table)]
    if not brief:
        tables += [(name, table, said.tables[name]) for name, table in result.tables.items()]
    for name, table, shown in tables:
        if len(table) and not (brief and _names_customers(table)):
            cards = _has_units(table)  # many columns, few rows: on a phone each row is a card
            blocks.append(Table(_shown(table, shown, language), _caption(name, language), cards))
    blocks += [Words(words, "missing") for words, later in notes if later]
    return blocks + _footnote(said, language)


def _tells_what_is_missing(warning: str) -> bool:
    return isinstance(warning, Note) and warning.key in _MISSING


def card_blocks(card: Mapping[str, Any], language: str) -> list[Block]:
    """Return a model card: plain facts in one table; mappings, results and tables under their own heading."""
    parts = {name: one for name, one in card.items() if isinstance(one, Result | pd.DataFrame | Mapping)}
    plain = {_label(name, language): _said(one) for name, one in card.items() if name not in parts}
    blocks: list[Block] = [Table(_pairs(plain))] if plain else []
    for name, part in parts.items():
        if not len(part.table if isinstance(part, Result) else part):
            continue
        blocks.append(Words(_label(name, language), "heading"))
        if isinstance(part, Result):
            blocks += result_blocks(part, language, heading=False)
        elif isinstance(part, pd.DataFrame):
            blocks.append(Table(_shown(part, part, language)))
        else:
            blocks.append(
                Table(_pairs({_label(str(key), language): _said(one) for key, one in part.items()}))
            )
    return blocks


def _has_units(table: pd.DataFrame) -> bool:
    return "unit" in table and set(table["unit"]) <= UNITS


def _names_customers(table: pd.DataFrame) -> bool:
    return "customer_id" in {*map(str, table.columns), *map(str, table.index.names)}


def _caption(name: str, language: str) -> str:
    caption = word(name, language) if name else ""
    return caption[:1].upper() + caption[1:]


def _footnote(said: Result, language: str) -> list[Block]:
    facts = {**result_facts(said, language), "formula": said.formula, "source": said.source}
    line = " · ".join(
        f"{text(f'workbook.{name}', language)}: {value}" for name, value in facts.items() if value
    )
    return [Words(line, "note")]


def _shown(table: pd.DataFrame, said: pd.DataFrame, language: str) -> ShownTable:
    plain, shown, columns = result_columns(table, said)
    if _has_units(table):
        shown, columns = written_by_unit(plain, shown, columns, language)
    return shown_table(shown, columns, language, most=None if len(shown) <= _MOST_ROWS else _FIRST_ROWS)


def _pairs(facts: Mapping[str, str]) -> ShownTable:
    columns = (ShownColumn("name", "", "text", width=20), ShownColumn("value", "", "text"))
    return ShownTable(columns, tuple(facts.items()))


def _figure(name: str, value: Any, language: str) -> str:
    if not isinstance(value, int | float):
        return str(value)
    if kind_of(name, pd.Series([float(value)])) == "probability":
        return format_share(float(value), language, decimals=1)
    whole = float(value).is_integer()
    return format_number(float(value), language, decimals=0 if whole else 3 if abs(value) < 10 else 1)


def _label(name: str, language: str) -> str:
    key = f"card.{name}"
    return text(key, language) if has_text(key) else name.replace("_", " ")


def _said(value: Any) -> str:
    """Write a fact of a card in one line; long ones (edges, settings) are cut: the bundle holds them."""
    if isinstance(value, Mapping):
        said = "; ".join(f"{key}: {_said(one)}" for key, one in value.items())
    elif isinstance(value, list | tuple):
        said = ", ".join(map(_said, value))
    elif isinstance(value, float):
        said = f"{value:.6g}"
    else:
        said = "" if value is None else str(value)
    return said if len(said) <= _LONGEST_FACT else f"{said[:_LONGEST_FACT]}…"
