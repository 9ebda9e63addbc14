"""Tables whose rows have units of their own, such as the scorecard: each cell in the unit of its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from crm_ml.base.formats import format_money, format_number, format_share
from crm_ml.reporting.shown import ShownColumn

__all__ = ["UNITS", "written_by_unit"]

UNITS = frozenset({"share", "money", "number", "days", "points"})

_PRECISE = 100  # numbers below it keep a decimal


def written_by_unit(
    table: pd.DataFrame, shown: pd.DataFrame, columns: Sequence[ShownColumn], language: str
) -> tuple[pd.DataFrame, list[ShownColumn]]:
    """Return the table with its measured columns as text in the unit of each row, and without the unit.

    Parameters
    ----------
    table, shown : DataFrame
        The table, with a column ``unit`` (share, money, number, days, points), and the same in the reader's
        words.
    columns : sequence of ShownColumn
        How the columns are shown.
    language : {"nl", "en"}
        Language of the reader.
    """
    measured = {one.name for one in columns if one.kind in ("number", "probability")}
    written = shown.drop(columns="unit").copy()
    for name in measured:
        cells = zip(table[name], table["unit"], strict=True)
        written[name] = [_written(cell, unit, language) for cell, unit in cells]
    kept = [
        replace(one, kind="text", right=True) if one.name in measured else one
        for one in columns
        if one.name != "unit"
    ]
    return written, kept


def _written(value: float, unit: str, language: str) -> str:
    if pd.isna(value):
        return ""
    if unit == "share":
        return format_share(value, language, decimals=1)
    if unit == "money":
        return format_money(value, "", language)
    return format_number(
        value, language, decimals=0 if float(value).is_integer() or abs(value) >= _PRECISE else 1
    )
