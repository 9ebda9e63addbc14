"""Numbers, money, shares and dates as a Dutch or English reader writes them.

Plain functions of plain values, without the machine's locale: the same bytes everywhere.
"""

from __future__ import annotations

import datetime as dt
import math

from crm_ml.base.texts import text

__all__ = ["counted", "format_date", "format_money", "format_number", "format_share", "listed"]

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_DUTCH_MARKS = str.maketrans(",.", ".,")
_EXACT_BELOW = 100  # below this an amount shows its cents, above it they only distract


def format_number(value: float, language: str = "en", *, decimals: int = 0) -> str:
    """Write a number with thousands marks; an empty text when it is missing.

    Examples
    --------
    >>> format_number(1234.5, "nl", decimals=1), format_number(1234.5, "en", decimals=1)
    ('1.234,5', '1,234.5')
    """
    if math.isnan(value):
        return ""
    written = f"{value:,.{decimals}f}"
    if written.startswith("-"):
        # A true minus, but never "minus nothing".
        written = written[1:] if not written.strip("-0.,") else f"−{written[1:]}"
    return written.translate(_DUTCH_MARKS) if language == "nl" else written


def format_money(
    value: float, currency: str = "", language: str = "en", *, decimals: int | None = None
) -> str:
    """Write an amount with its currency; cents only below 100 unless `decimals` says otherwise.

    Examples
    --------
    >>> format_money(1234.5, "EUR", "nl"), format_money(12.5, "EUR", "en"), format_money(-90, "CHF", "en")
    ('€ 1.234', '€12.50', '−CHF 90')
    """
    if math.isnan(value):
        return ""
    if decimals is None:
        decimals = 2 if abs(value) < _EXACT_BELOW and round(value, 2) != round(value) else 0
    written = format_number(value, language, decimals=decimals)
    sign, digits = ("−", written[1:]) if written.startswith("−") else ("", written)
    symbol = _SYMBOLS.get(currency, currency)
    space = " " if symbol and (language == "nl" or symbol == currency) else ""
    return f"{sign}{symbol}{space}{digits}"


def format_share(value: float, language: str = "en", *, decimals: int = 0) -> str:
    """Write a share as a percentage.

    Examples
    --------
    >>> format_share(0.255, "nl", decimals=1), format_share(0.7, "en")
    ('25,5%', '70%')
    """
    return f"{format_number(100 * value, language, decimals=decimals)}%" if not math.isnan(value) else ""


def format_date(day: dt.date, language: str = "en") -> str:
    """Write a date in words.

    Examples
    --------
    >>> format_date(dt.date(2011, 6, 1), "nl"), format_date(dt.date(2011, 6, 1), "en")
    ('1 juni 2011', '1 June 2011')
    """
    months = text("units.months", language).split("|")
    return f"{day.day} {months[day.month - 1]} {day.year}"


def counted(value: float, unit: str, language: str = "en") -> str:
    """Write a count with its unit in the right number.

    Parameters
    ----------
    value : float
        The count, shown as a whole number.
    unit : str
        A key of the theme ``units``, such as ``"day"``.
    language : {"nl", "en"}
        Language of the reader.

    Examples
    --------
    >>> counted(1, "day", "nl"), counted(94, "day", "nl"), counted(2000, "customer", "en")
    ('1 dag', '94 dagen', '2,000 customers')
    """
    one, many = text(f"units.{unit}", language).split("|")
    return (one if round(value) == 1 else many).format(n=format_number(value, language))


def listed(items: list[str], language: str = "en") -> str:
    """Join items as a sentence does.

    Examples
    --------
    >>> listed(["Ann", "Bob", "Cas"], "nl")
    'Ann, Bob en Cas'
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {text('units.and', language)} {items[-1]}"
