"""Formats: what a Dutch and an English reader expect, on every machine."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from crm_ml.base import formats
from crm_ml.base.texts import LANGUAGES


@pytest.mark.parametrize(
    ("value", "currency", "language", "expected"),
    [
        (1234567.0, "EUR", "nl", "€ 1.234.567"),
        (1234567.0, "EUR", "en", "€1,234,567"),
        (12.5, "USD", "nl", "$ 12,50"),
        (12.0, "USD", "en", "$12"),
        (99.999, "USD", "en", "$100"),
        (120.4, "CHF", "en", "CHF 120"),
        (-0.001, "EUR", "en", "€0"),
        (-45.5, "EUR", "nl", "−€ 45,50"),
        (3.0, "", "nl", "3"),
        (math.nan, "EUR", "nl", ""),
    ],
)
def test_money(value, currency, language, expected):
    """Symbol, marks, minus and cents as the reader writes them."""
    assert formats.format_money(value, currency, language) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_has_one_and_many(language):
    """'1 dagen' is the mark of a careless list."""
    assert formats.counted(1, "day", language) != formats.counted(2, "day", language)
    assert formats.counted(0.6, "day", language) == formats.counted(1, "day", language)


def test_dates_in_words():
    """A date in words cannot be read with day and month swapped."""
    assert formats.format_date(dt.date(2024, 3, 2), "nl") == "2 maart 2024"
    assert formats.format_date(dt.date(2024, 12, 31), "en") == "31 December 2024"


def test_listed():
    """Lists join as a sentence does."""
    assert formats.listed([], "nl") == ""
    assert formats.listed(["a"], "nl") == "a"
    assert formats.listed(["a", "b"], "nl") == "a en b"
