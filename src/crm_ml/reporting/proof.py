"""The proof: every task with its models beside rules of thumb and chance, in figures, pictures and words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_ml.base.formats import counted, format_date, format_number, format_share
from crm_ml.base.notes import said
from crm_ml.base.texts import has_text, text
from crm_ml.prediction.columns import value_label
from crm_ml.reporting.page import Block, Picture, Section, Table, Words
from crm_ml.reporting.plots import reliability, whiskers
from crm_ml.reporting.shown import ShownColumn, shown_table

if TYPE_CHECKING:
    from crm_ml.evaluation.comparison import Comparison

__all__ = ["proof_section"]

_CLASSIFIED = ("auc", "average_precision", "lift", "brier_skill", "slope", "delta")
_MEASURED = ("gini", "rmse", "bias", "rank_correlation", "delta")
_DECIMALS = {"lift": 1, "rmse": 1}
_SAID_IN_FULL = ("beats_baseline", "no_model_beats_baseline")  # table and verdict say it all
_SPOKEN = 3  # groups of the calibration that are put in words


def proof_section(comparisons: Sequence[Comparison], language: str) -> Section:
    """Return the section with all comparisons, or with what is missing."""
    title = text("report.proof", language)
    if not comparisons:
        what = text("report.missing_comparison", language)
        return Section("proof", title, (Words(text("report.missing", language, what=what), "missing"),))
    blocks: list[Block] = [Words(text("report.proof_lead", language))]
    for comparison in comparisons:
        blocks += _task(comparison, language)
    blocks.append(Words(text("report.proof_read", language), "note"))
    if any(comparison.kind == "regression" for comparison in comparisons):
        blocks.append(Words(text("report.proof_read_money", language), "note"))
    return Section("proof", title, tuple(blocks))


def _task(comparison: Comparison, language: str) -> list[Block]:
    champion = value_label("model", comparison.champion, language)
    verdict = "verdict_money" if comparison.kind == "regression" else "verdict"
    blocks: list[Block] = [
        Words(_task_name(comparison.task, language), "heading"),
        Words(text(f"report.{verdict}.{comparison.verdict}", language, champion=champion)),
    ]
    if comparison.window:
        blocks.append(Words(_tested_on(comparison, language), "note"))
    if len(comparison.table):
        blocks.append(Table(shown_table(*_figures(comparison, language), language)))
        main = "gini" if comparison.kind == "regression" else "auc"
        blocks.append(
            Picture(whiskers(comparison.table, main, language), text(f"report.{main}_plot", language))
        )
    curve = comparison.calibration
    if len(curve):
        curve = curve[curve["model"] == comparison.champion]
    if len(curve):
        blocks.append(Picture(reliability(curve, language), text("report.reliability", language)))
        blocks += [Words(sentence) for sentence in _in_words(comparison.task, curve, language)]
    why = [] if comparison.verdict in _SAID_IN_FULL else [comparison.reason]
    return blocks + [Words(said(note, language), "note") for note in (*why, *comparison.notes) if note]


def _task_name(task: str, language: str) -> str:
    key = f"report.task.{task}"
    return text(key, language) if has_text(key) else task.replace("_", " ")


def _tested_on(comparison: Comparison, language: str) -> str:
    cutoff = dt.date.fromisoformat(str(comparison.window["cutoff"])[:10])
    horizon = counted(comparison.window["horizon_days"], "day", language)
    return text("report.proof_later", language, horizon=horizon, cutoff=format_date(cutoff, language))


def _figures(comparison: Comparison, language: str) -> tuple[pd.DataFrame, list[ShownColumn]]:
    """Return one row a model, best first, each figure with its interval in one cell."""
    names = _MEASURED if comparison.kind == "regression" else _CLASSIFIED
    table = comparison.table.sort_values(names[0], ascending=False, kind="stable")
    written = {"model": [_model(name, comparison, language) for name in table["model"]]}
    for name in names:
        if name in table.columns:
            written[name] = [_with_interval(row, name, language) for row in table.to_dict("records")]
    columns = [
        ShownColumn(
            name, text(f"report.column.{name}", language), "text", width=20 if name == "model" else 10
        )
        for name in written
    ]
    return pd.DataFrame(written), columns


def _model(name: str, comparison: Comparison, language: str) -> str:
    shown = value_label("model", name, language)
    return text("report.champion_mark", language, model=shown) if name == comparison.champion else shown


def _with_interval(row: Mapping[Hashable, Any], name: str, language: str) -> str:
    decimals = _DECIMALS.get(name, 3 if name == "delta" else 2)

    def shown(value: float) -> str:
        sign = "+" if name == "delta" and value > 0 else ""
        return sign + format_number(value, language, decimals=decimals)

    if name == "bias":
        return format_share(row[name], language, decimals=1)
    low, high = (row.get(f"{name}_{end}", float("nan")) for end in ("low", "high"))
    interval = (
        "" if pd.isna(low) or pd.isna(high) else f" ({shown(low)} {text('units.to', language)} {shown(high)})"
    )
    return f"{shown(row[name])}{interval}" if pd.notna(row[name]) else ""


def _in_words(task: str, curve: pd.DataFrame, language: str) -> list[str]:
    """Say what was given and what happened: for the highest, a middle and the lowest group."""
    ordered = curve.sort_values("forecast", ascending=False, kind="stable")
    places = sorted({0, len(ordered) // 2, len(ordered) - 1})[:_SPOKEN]
    key = "report.calibration.stopped" if task == "stopped" else "report.calibration.other"
    return [
        text(
            key,
            language,
            forecast=format_share(row["forecast"], language),
            observed=format_share(row["observed"], language),
            low=format_share(row["low"], language),
            high=format_share(row["high"], language),
            n=counted(row["n"], "customer", language),
        )
        for row in ordered.iloc[places].to_dict("records")
    ]
