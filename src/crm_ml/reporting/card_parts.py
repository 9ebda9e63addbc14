"""What a customer's card is made of: facts in the reader's words, tables, the picture of the history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_ml.analysis.customer_card import CustomerCard
from crm_ml.analysis.words import word
from crm_ml.base.formats import format_date, format_money, format_number, format_share
from crm_ml.base.plotting import COLOURS, new_figure
from crm_ml.base.texts import has_text, text
from crm_ml.reporting.page import Table
from crm_ml.reporting.shown import ShownColumn, ShownTable, kind_of, shown_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["card_facts", "card_table", "history_picture", "label_of", "said"]

_MONEY = frozenset(
    {
        "revenue", "margin", "cost_to_serve", "profit", "expected_loss", "usual_spend", "expected_spend",
        "clv", "clv_low", "clv_high", "cost",
    }
)  # fmt: skip
# Columns with words of ours; the kind of a contact, or the category of a complaint, is the company's own.
_WORDED = {"contacts": ("initiative",), "satisfaction": ("kind",), "aspects": ("aspect",)}


def card_facts(facts: Mapping[str, Any], card: CustomerCard, language: str) -> Table:
    """Return names and values in two columns."""
    rows = tuple(
        (label_of(name, language), said(name, value, card, language)) for name, value in facts.items()
    )
    return Table(ShownTable((ShownColumn("name", "", "text", 20), ShownColumn("value", "", "text")), rows))


def card_table(table: pd.DataFrame, caption: str, card: CustomerCard, language: str) -> Table:
    """Return a table under its caption; our words in the reader's language, the company's as they are."""
    columns = [_column(str(name), table[name], language) for name in table]
    worded = table.copy()
    for name in _WORDED.get(caption, ()):
        if name in worded:
            worded[name] = [
                word(cell, language) if isinstance(cell, str) and cell else cell for cell in worded[name]
            ]
    shown = shown_table(worded, columns, language, currency=card.currency)
    return Table(shown, caption=_capital(word(caption, language)))


def _column(name: str, cells: pd.Series[Any], language: str) -> ShownColumn:
    kind = "money" if name in _MONEY else kind_of(name, cells)
    # A date breaks over no lines.
    return ShownColumn(name, label_of(name, language), kind, width=10 if kind == "date" else 12)


def label_of(name: str, language: str) -> str:
    """Return what a column is called: as in the risk list, else as in the analyses."""
    key = f"risk_list.{name}"
    return _capital(text(key, language) if has_text(key) else word(name, language))


def said(name: str, value: Any, card: CustomerCard, language: str) -> str:
    """Write a fact in the reader's words."""
    writers: Sequence[tuple[bool, Callable[[], str]]] = (
        (isinstance(value, bool), lambda: text(f"values.boolean.{'yes' if value else 'no'}", language)),
        (isinstance(value, dt.date), lambda: format_date(value, language)),
        (name in _MONEY, lambda: format_money(float(value), card.currency, language)),
        (name.startswith("p_"), lambda: format_share(float(value), language)),
        (
            isinstance(value, int | float),
            lambda: format_number(float(value), language, decimals=_decimals(value)),
        ),
        (name in card.classes or name == "status", lambda: word(str(value), language)),
    )
    return next((write() for fits, write in writers if fits), str(value))


def _decimals(value: float) -> int:
    return 0 if float(value).is_integer() else 1


def history_picture(card: CustomerCard, measure: str, language: str) -> Figure:
    """Draw what the customer bought, a bar a period."""
    figure, (axes,) = new_figure(7.0, 2.6)
    names = [f"{day:%m-%Y}" for day in card.history["period"]]
    axes.bar(range(len(names)), card.history[measure].astype("float64"), color=COLOURS[0])
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right")
    axes.set_ylabel(word(measure, language))
    axes.set_title(text("customer_card.history", language), loc="left")
    return figure


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
