"""The sections of the report that come from the list itself, in the order of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_ml.base.formats import counted, format_money, format_number, format_share
from crm_ml.base.notes import said
from crm_ml.base.texts import text
from crm_ml.prediction.columns import REASONS, RISK_BANDS, RISK_LIST, SINCE_LAST_LIST, value_label
from crm_ml.reporting.blocks import card_blocks, result_blocks
from crm_ml.reporting.page import Block, KeyFigures, Picture, Section, Table, Words
from crm_ml.reporting.plots import heat_map, lorenz, loss_by_band, loss_curve
from crm_ml.reporting.shown import ShownColumn, ShownTable, shown_table
from crm_ml.reporting.summary import by_group, call_list, holdout_list, under_threat

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.prediction.risk_list import AnyList

__all__ = [
    "base_section",
    "changes_section",
    "money_section",
    "outcome_section",
    "technique_section",
    "top_section",
]

_LONGEST_TOP = 20
_MOST_RISEN = 10
_MOST_OWNERS = 15
_COLUMNS = {column.name: column for column in RISK_LIST}


def money_section(risk_list: AnyList, language: str, capacity: int | None) -> Section:
    """Return how much money threatens to leave, and with whom."""
    table, meta = risk_list.table, risk_list.meta
    threatened, currency = under_threat(table), meta["currency"]
    loss = float(threatened["expected_loss"].sum())
    blocks: list[Block] = [Words(_lead(threatened, loss, meta, language), "lead")]
    if loss > 0:
        blocks.append(Words(_already_silent(threatened, meta, language)))
    suppressed = int(risk_list.totals.get("customers_suppressed", 0))
    figures = [
        (format_money(loss, currency, language, decimals=0), "key_loss"),
        (format_number(len(threatened), language), "key_threat"),
        (format_number(len(call_list(table, capacity)), language), "key_calls"),
        (format_number(len(holdout_list(table)), language), "key_holdout"),
        (format_number(suppressed, language), "key_suppressed"),
    ]
    blocks.append(KeyFigures(tuple((value, text(f"report.{key}", language)) for value, key in figures)))
    if loss > 0:
        band, curve = text("report.loss_by_band", language), text("report.loss_curve", language)
        blocks.append(Picture(loss_by_band(table, language, currency), band))
        blocks.append(Picture(loss_curve(threatened["expected_loss"], language), curve))
    groups = [
        ("risk_band", by_group(table, "risk_band", RISK_BANDS)),
        ("owner", by_group(threatened, "owner")),
    ]
    blocks += [
        Table(_grouped(column, group, risk_list, language))
        for column, group in groups
        if len(group) > 1 or column == "risk_band"
    ]
    everything = format_money(float(table["expected_loss"].sum()), currency, language, decimals=0)
    customers = counted(len(table), "customer", language)
    blocks.append(Words(text("report.money_all", language, customers=customers, loss=everything), "note"))
    return Section("money", text("report.money", language), tuple(blocks))


def changes_section(risk_list: AnyList, changes: Result | None, language: str) -> Section:
    """Return what changed since the last list."""
    title, table = text("report.changed", language), risk_list.table
    moved = table[table["since_last_list"].isin(SINCE_LAST_LIST)]
    if moved.empty and changes is None:
        return Section("changed", title, (_missing("missing_last_list", language),))
    blocks: list[Block] = []
    if len(moved):
        groups = by_group(moved, "since_last_list", SINCE_LAST_LIST)
        blocks.append(Table(_grouped("since_last_list", groups, risk_list, language)))
        risen = under_threat(moved[moved["since_last_list"].isin(["new", "risen"])])
        blocks.append(Words(text("report.changed_risen", language), "heading"))
        blocks.append(
            Table(_customers(risen.head(_MOST_RISEN), risk_list, language, advice=False), cards=True)
            if len(risen)
            else Words(text("report.changed_nobody", language))
        )
    return Section("changed", title, (*blocks, *(result_blocks(changes, language) if changes else ())))


def top_section(risk_list: AnyList, language: str, capacity: int | None) -> Section:
    """Return the first customers to contact."""
    calls = call_list(risk_list.table, capacity).head(_LONGEST_TOP)
    title = text("report.top", language)
    if calls.empty:
        return Section("top", title, (Words(text("report.money_nobody", language)),))
    lead = Words(text("report.top_lead", language, n=format_number(len(calls), language)))
    table = Table(_customers(calls, risk_list, language), cards=True)
    return Section("top", title, (lead, table, Words(text("workbook.advice_note", language), "note")))


def outcome_section(last_outcome: Result | None, language: str) -> Section:
    """Return whether the last list was right."""
    title = text("report.outcome", language)
    if last_outcome is None:
        return Section("outcome", title, (_missing("missing_outcome", language),))
    return Section("outcome", title, tuple(result_blocks(last_outcome, language)))


def base_section(risk_list: AnyList, base: Sequence[Result], language: str) -> Section:
    """Return the analyses of the base, or RFM heat map and concentration of the listed customers."""
    table, blocks = risk_list.table, list[Block]()
    revenue = table["revenue_12m"].astype("float64").fillna(0.0)
    if revenue.gt(0).any():
        best = (
            revenue.nlargest(int(np.ceil(0.2 * len(revenue)))).clip(lower=0).sum()
            / revenue.clip(lower=0).sum()
        )
        lead = text(
            "report.base_lead",
            language,
            customers=counted(len(table), "customer", language),
            revenue=format_money(float(revenue.sum()), risk_list.meta["currency"], language, decimals=0),
            share=format_share(float(best), language),
        )
        blocks.append(Words(lead))
    else:
        blocks.append(_missing("missing_money", language))
    if not base:
        blocks += _listed_base(table, revenue, language)
    blocks.append(Table(_grouped("segment", by_group(table, "segment"), risk_list, language)))
    for result in base:
        blocks += result_blocks(result, language, brief=True)
    return Section("base", text("report.base", language), tuple(blocks))


def _listed_base(table: pd.DataFrame, revenue: pd.Series, language: str) -> list[Block]:
    blocks: list[Block] = []
    scores = table["rfm_score"].astype("str")
    scored = scores[scores.str.fullmatch(r"[1-5]{2,3}").fillna(False).astype(bool)]
    if len(scored):
        blocks.append(Picture(heat_map(scored, language), text("report.heat_map", language)))
    if revenue.gt(0).any():
        blocks.append(Picture(lorenz(revenue, language), text("report.lorenz", language)))
    return blocks


def technique_section(risk_list: AnyList, card: Mapping[str, Any] | None, language: str) -> Section:
    """Return warnings, limits, and the model card."""
    blocks: list[Block] = [Words(text("report.limits", language))]
    blocks += [Words(said(warning, language), "warning") for warning in risk_list.warnings]
    blocks.append(Words(text("report.card", language), "heading"))
    blocks += card_blocks(card, language) if card else [_missing("missing_card", language)]
    return Section("technique", text("report.technique", language), tuple(blocks))


def _lead(threatened: pd.DataFrame, loss: float, meta: Mapping[str, Any], language: str) -> str:
    if not len(threatened):
        return text("report.money_nobody", language)
    lead = text(
        "report.money_lead",
        language,
        horizon=counted(meta["horizon_days"], "day", language),
        loss=format_money(loss, meta["currency"], language, decimals=0),
        basis=value_label("basis", meta["basis"], language),
        customers=counted(len(threatened), "customer", language),
    )
    if loss <= 0:
        return lead
    share = threatened["expected_loss"].sort_values(ascending=False).cumsum() / loss
    half = counted(int((share < 0.5).sum()) + 1, "customer", language)
    return f"{lead} {text('report.money_half', language, customers=half)}"


def _already_silent(threatened: pd.DataFrame, meta: Mapping[str, Any], language: str) -> str:
    """Tell what may be lost already from what can still be kept: silent for a whole horizon is "stopped"."""
    silent = threatened[threatened["recency_days"] >= meta["horizon_days"]]
    lost = float(silent["expected_loss"].sum())

    def money(amount: float) -> str:
        return format_money(amount, meta["currency"], language, decimals=0)

    return text(
        "report.money_silent",
        language,
        horizon=counted(meta["horizon_days"], "day", language),
        customers=counted(len(silent), "customer", language),
        loss=money(lost),
        rest=money(float(threatened["expected_loss"].sum()) - lost),
    )


def _missing(what: str, language: str) -> Words:
    return Words(text("report.missing", language, what=text(f"report.{what}", language)), "missing")


def _grouped(column: str, groups: pd.DataFrame, risk_list: AnyList, language: str) -> ShownTable:
    if column == "owner":
        groups = groups.assign(owner=groups["owner"].replace("", text("workbook.no_owner", language)))
    columns = [
        _column(column, language),
        ShownColumn("customers", text("workbook.customers", language), "int"),
        *(_column(name, language) for name in ("expected_loss", "revenue_12m")),
    ]
    return shown_table(groups, columns, language, currency=risk_list.meta["currency"], most=_MOST_OWNERS)


def _customers(rows: pd.DataFrame, risk_list: AnyList, language: str, *, advice: bool = True) -> ShownTable:
    """Write customers for a page: who, how much, what threatens, why, what to do."""
    shown = rows.assign(
        who=_joined(rows, ("name", "customer_id", "owner")),
        why=_joined(rows, REASONS, mark="– "),
        advice=rows["advice"].str.removeprefix(text("advice.untested", language, advice="")),
    )
    columns = [
        _column("rank", language),
        ShownColumn("who", text("report.who", language), "text", width=20),
        *(_column(name, language) for name in ("expected_loss", "threat", "p_at_risk")),
        ShownColumn("why", text("report.why", language), "text", width=40),
    ]
    if advice:
        columns.append(ShownColumn("advice", text("report.advice", language), "text", width=40))
    return shown_table(shown, columns, language, currency=risk_list.meta["currency"])


def _column(name: str, language: str) -> ShownColumn:
    return ShownColumn(name, _COLUMNS[name].label(language), _COLUMNS[name].kind)


def _joined(rows: pd.DataFrame, names: Sequence[str], *, mark: str = "") -> list[str]:
    """Join what there is of some text columns, each on a line of its own."""
    cells = rows[list(names)].astype("str").fillna("")
    return ["\n".join(mark + cell for cell in row if cell) for row in cells.itertuples(index=False)]
