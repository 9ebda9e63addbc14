"""The card of one customer: everything that is known of it on one page, for browser, paper and notebook."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.analysis.customer_card import CustomerCard, known_of_customer
from crm_ml.base.formats import format_date, format_money
from crm_ml.base.texts import LANGUAGES, text
from crm_ml.base.validation import check_choice
from crm_ml.prediction.columns import value_label
from crm_ml.reporting.card_parts import card_facts, card_table, history_picture, label_of, said
from crm_ml.reporting.facts import period_of
from crm_ml.reporting.page import (
    Block,
    KeyFigures,
    Page,
    Picture,
    Section,
    Table,
    Words,
    page_text,
    write_page,
)

if TYPE_CHECKING:
    from crm_ml.analysis.company import Company

__all__ = ["CardPage", "customer_card"]

_HEIGHT = 900
# What a reader wants to know of a contact; the other columns stand in the tables.
_SPOKEN = {
    "contacts": ("date", "channel", "kind", "initiative", "answered"),
    "requests": ("opened", "category", "status", "closed"),
    "complaints": ("opened", "closed", "category", "cause", "cost"),
}
_KEY = ("revenue", "profit", "recency_days", "p_at_risk", "expected_loss", "clv")
_BY_ASPECT = ("expectation", "experience", "importance")
_CODED = {"threat": "threat", "risk_band": "risk_band", "score_basis": "score_basis"}


@dataclass(frozen=True)
class CardPage:
    """A card as a page; shows itself in a notebook.

    Parameters
    ----------
    card : CustomerCard
        What is known.
    page : Page
        The same in words.
    """

    card: CustomerCard
    page: Page

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the card as one HTML file, atomically and the same bytes every time."""
        return write_page(self.page, path)

    def _repr_html_(self) -> str:
        # A frame of its own: the style of the page must not reach the notebook, nor the other way round.
        page = html.escape(page_text(self.page), quote=True)
        return (
            f'<iframe srcdoc="{page}" style="width:100%;height:{_HEIGHT}px;border:1px solid #ddd"></iframe>'
        )


def customer_card(
    company: Company, customer_id: str, *, language: str = "en", may_not_contact: bool = False
) -> CardPage:
    """Make the card of one customer.

    Parameters
    ----------
    company : Company
        Transactions and optional tables; ``scores`` may be a risk list with reasons and rules.
    customer_id : str
        The customer.
    language : {"en", "nl"}
        Language of the card.
    may_not_contact : bool
        Whether the customer stands on the suppression list; the card says so at the top.

    Raises
    ------
    InputError
        When nobody has that number.

    Examples
    --------
    >>> from crm_ml.analysis.company import Company
    >>> from crm_ml.data.company.make import make_company
    >>> made = make_company(60, seed=1)
    >>> found = customer_card(Company(made.log(), made.tables), "C0000003", language="nl")
    >>> found.page.title
    'Klantprofiel C0000003'
    """
    check_choice(language, LANGUAGES, what="language")
    card = known_of_customer(company, customer_id)
    sections = [_top(card, language, may_not_contact), _bought(card, language), _risk(card, language)]
    sections += [_spoken(card, language), _opinions(card, language)]
    day = format_date(card.as_of, language)
    page = Page(
        language=language,
        title=text("customer_card.title", language, customer=customer_id),
        subtitle=_subtitle(card, language),
        sections=tuple(sections),
        contents=text("report.contents", language),
        footer=text("report.footer", language, as_of=day),
        layout="card",
    )
    return CardPage(card, page)


def _subtitle(card: CustomerCard, language: str) -> str:
    period = period_of({"from": str(card.period.cutoff), "until": str(card.period.end)}, language)
    basis = f"{value_label('basis', card.basis, language)} {card.currency}".strip()
    named = [str(card.account[name]) for name in ("name", "owner") if name in card.account]
    return " · ".join([*named, period, basis])


def _top(card: CustomerCard, language: str, may_not_contact: bool) -> Section:
    """Return the figures that a reader wants first, and who the customer is."""
    blocks: list[Block] = []
    if may_not_contact:
        blocks.append(Words(text("customer_card.may_not_contact", language), "warning"))
    if card.classes.get("human_review_required") is True:
        blocks.append(Words(text("customer_card.human_review", language), "warning"))
    figures = {**card.buying, **card.scores}
    key = [
        (said(name, figures[name], card, language), label_of(name, language))
        for name in _KEY
        if name in figures
    ]
    if key:
        blocks.append(KeyFigures(tuple(key)))
    about = {**card.account, **card.classes}
    blocks.append(card_facts(about, card, language))
    return _section("about", blocks, language)


def _bought(card: CustomerCard, language: str) -> Section:
    blocks: list[Block] = []
    if len(card.history):
        measure = "revenue" if "revenue" in card.history else "purchase_days"
        blocks.append(
            Picture(history_picture(card, measure, language), text("customer_card.history", language))
        )
    blocks.append(card_facts(_rest(card.buying), card, language))
    if len(card.products):
        blocks.append(card_table(card.products, "products", card, language))
    return _section("bought", blocks, language)


def _risk(card: CustomerCard, language: str) -> Section:
    blocks: list[Block] = []
    if card.reasons:
        blocks.append(Words(text("customer_card.reasons", language)))
        blocks += [Words(f"– {reason}") for reason in card.reasons]
    coded = {
        name: value_label(_CODED[name], value, language) if name in _CODED else value
        for name, value in card.said.items()
    }
    if card.scores or coded:
        blocks.append(card_facts({**_rest(card.scores), **coded}, card, language))
    if {"clv_low", "clv_high"} <= set(card.scores):
        low, high = (
            format_money(card.scores[name], card.currency, language) for name in ("clv_low", "clv_high")
        )
        blocks.append(Words(text("customer_card.clv_interval", language, low=low, high=high), "note"))
    return _section("risk", blocks, language)


def _spoken(card: CustomerCard, language: str) -> Section:
    """Return the latest contacts, requests and complaints."""
    parts = {"contacts": card.contacts, "requests": card.requests, "complaints": card.complaints}
    blocks: list[Block] = [
        card_table(table[[column for column in _SPOKEN[name] if column in table]], name, card, language)
        for name, table in parts.items()
        if len(table)
    ]
    return _section("spoken", blocks, language)


def _opinions(card: CustomerCard, language: str) -> Section:
    """Return the general answers, and per aspect what was expected, found and how much it matters."""
    if card.opinions.empty:
        return _section("opinions", [], language)
    by_aspect = card.opinions["kind"].isin(_BY_ASPECT)
    general = card.opinions[~by_aspect & (card.opinions["kind"] != "value")]
    blocks: list[Block] = []
    if len(general):
        blocks.append(card_table(general[["kind", "score", "scale"]], "satisfaction", card, language))
    if by_aspect.any():
        asked = card.opinions[by_aspect].pivot_table(
            index="aspect", columns="kind", values="score", sort=False
        )
        columns = [kind for kind in _BY_ASPECT if kind in asked]
        blocks.append(card_table(asked[columns].reset_index(), "aspects", card, language))
    return _section("opinions", blocks, language)


def _section(name: str, blocks: list[Block], language: str) -> Section:
    filled = [one for one in blocks if not (isinstance(one, Table) and not one.table.rows)]
    if not filled:
        filled = [Words(text("customer_card.nothing", language), "missing")]
    return Section(name, text(f"customer_card.{name}", language), tuple(filled))


def _rest(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that do not stand among the first figures, nor in a sentence of their own."""
    return {name: value for name, value in facts.items() if name not in {*_KEY, "clv_low", "clv_high"}}
