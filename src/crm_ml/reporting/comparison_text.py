"""A comparison as a small table for a terminal: models beside what they must beat."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from crm_ml.evaluation.comparison import Comparison

__all__ = ["comparison_text"]

_WIDTHS = (16, 22, 22, 9, 9, 22)


def comparison_text(comparison: Comparison) -> str:
    """Return one line a model, baselines and chance below, the champion marked with a star."""
    money = comparison.kind == "regression"
    heads = ("model", "Gini", "difference", "RMSE", "bias", "") if money else (
        "model", "AUC", "difference", "lift 10%", "Brier sk.", "calibration slope"
    )  # fmt: skip
    lines = [_title(comparison), _line(heads)]
    for row in comparison.table.to_dict("records"):
        star = "*" if row["model"] == comparison.champion else " "
        lines.append(_line((star + str(row["model"]), *(_money(row) if money else _class(row)))))
    return "\n".join([*lines, f"champion: {comparison.champion} – {comparison.reason}", *_chance(comparison)])


def _title(comparison: Comparison) -> str:
    window = comparison.window
    rows = int(comparison.table["n"].iloc[0])
    when = f"{window.get('horizon_days')} days from {window.get('cutoff')}"
    return f"{comparison.task}: {rows:,} customers, judged on later data ({when})"


def _class(row: Mapping[Any, Any]) -> tuple[str, ...]:
    return (
        _interval(row, "auc"),
        _interval(row, "delta", sign="+"),
        _number(row["lift"], ".2f"),
        _number(row["brier_skill"], ".3f"),
        _number(row["slope"], ".2f"),
    )


def _money(row: Mapping[Any, Any]) -> tuple[str, ...]:
    return (
        _interval(row, "gini"),
        _interval(row, "delta", sign="+"),
        _number(row["rmse"], ".4g"),
        _number(row["bias"], "+.1%"),
        "",
    )


def _interval(row: Mapping[Any, Any], name: str, sign: str = "") -> str:
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    middle = _number(row[name], f"{sign}.3f")
    if _number(low, ".3f") == "–":
        return middle
    return f"{middle} ({_number(low, f'{sign}.3f')}…{_number(high, f'{sign}.3f')})"


def _number(value: Any, form: str) -> str:
    return "–" if value is None or value != value else format(value, form)  # noqa: PLR0124


def _line(cells: tuple[str, ...]) -> str:
    return " ".join(f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def _chance(comparison: Comparison) -> list[str]:
    """Say how much of the label chance alone makes, where that was measured."""
    level: Any = comparison.chance.get("dries_up")
    if not level or math.isnan(level["observed"]):
        return []
    return [
        f"chance level: {level['observed']:.1%} dried up; "
        f"{level['chance']:.1%} would if nobody had changed (purchase days dealt out at random)"
    ]
