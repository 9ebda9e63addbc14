"""What every number of a result must say: what money is, how many stand behind it, and over which period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from crm_ml.base.formats import format_date, format_number
from crm_ml.base.result import Result
from crm_ml.base.texts import text
from crm_ml.prediction.columns import value_label

__all__ = ["period_of", "result_facts"]


def result_facts(said: Result, language: str) -> dict[str, str]:
    """Return basis, count and period of a result, by the name of their words; never empty texts.

    Parameters
    ----------
    said : Result
        In the words of the reader.
    language : {"nl", "en"}
        Language of the reader.
    """
    basis = value_label("basis", said.basis, language) if said.basis else text("workbook.no_money", language)
    facts = {
        "basis": basis,
        "count": format_number(said.n, language) if said.n else "",
        "period": period_of(said.parameters, language),
    }
    return {name: fact for name, fact in facts.items() if fact}


def period_of(parameters: Mapping[str, Any], language: str) -> str:
    """Return the period that the parameters of a result name, in words; empty when they name none.

    Examples
    --------
    >>> period_of({"from": "2024-01-01", "until": "2025-01-01"}, "nl")
    '1 januari 2024 t/m 31 december 2024'
    >>> period_of({"until": "2025-01-01"}, "en")
    'as known on 1 January 2025'
    """
    pairs = (("from", "until"), ("before_from", "before_until"), ("after_from", "after_until"))
    spans = [
        _span(str(parameters[start]), str(parameters[end]), language)
        for start, end in pairs
        if parameters.get(start) and parameters.get(end)
    ]
    if spans:
        return f" {text('workbook.beside', language)} ".join(spans)
    until = parameters.get("until") or parameters.get("as_of")
    return text("workbook.as_known", language, day=_day(str(until), language)) if until else ""


def _span(start: str, end: str, language: str) -> str:
    last = dt.date.fromisoformat(end[:10]) - dt.timedelta(days=1)  # a period ends before its end
    days = {"first": _day(start, language), "last": format_date(last, language)}
    return text("workbook.span", language, **days)


def _day(written: str, language: str) -> str:
    return format_date(dt.date.fromisoformat(written[:10]), language)
