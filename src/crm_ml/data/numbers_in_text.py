"""Amounts as people and programs write them: 1.234,56 and 1,234.56, € 12,50, (12.50), 12.50-."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError

if TYPE_CHECKING:
    import narwhals as nw

__all__ = [
    "NumberStyle",
    "decide_style",
    "is_number",
    "is_plain",
    "mark_counts",
    "plain_number",
    "style_counts",
    "to_number",
]

_SYMBOLS = {"EUR": "€|EUR", "USD": r"\$|USD", "GBP": "£|GBP", "JPY": "¥|JPY"}
_CURRENCY = "|".join(_SYMBOLS.values())
_GROUP = " '’\u00a0\u202f"


@dataclass(frozen=True)
class NumberStyle:
    """How one column writes numbers.

    Parameters
    ----------
    decimal : {".", ","}
        Decimal mark; the other one, a space or an apostrophe separates thousands.
    """

    decimal: str = "."

    @property
    def pattern(self) -> str:
        """Regular expression of a number in this style, sign, brackets and exponent included."""
        thousands = "," if self.decimal == "." else "."
        group = f"[{thousands}{_GROUP}]"
        whole = rf"(\d+|\d{{1,3}}({group}\d{{3}})+)"
        mark = rf"\{self.decimal}"
        body = rf"({whole}({mark}\d*)?|{mark}\d+)([eE][-+]?\d+)?"
        return rf"^([-+]?\s*{body}|\(\s*{body}\s*\)|{body}\s*-)$"


def _bare(column: nw.Expr) -> nw.Expr:
    """Remove currency signs and outer white space."""
    return column.str.replace_all(_CURRENCY, "").str.strip_chars(f" \t\r\n{_GROUP}")


def is_number(column: nw.Expr, style: NumberStyle) -> nw.Expr:
    """Whether each text is a number in the style."""
    return _bare(column).str.contains(style.pattern)


def is_plain(column: nw.Expr) -> nw.Expr:
    """Whether each text is a number as a program writes it, or empty."""
    return column.str.contains(r"^(-?\d{1,15}(\.\d{1,15})?)?$")


def mark_counts(column: nw.Expr) -> dict[str, nw.Expr]:
    """Return how many texts have a point, and how many of them one that cannot separate thousands."""
    import narwhals as nw

    marks = {
        "point": column.str.contains(".", literal=True),
        "decimal": column.str.contains(r"\.(\d{1,2}|\d{4,})$"),
    }
    return {key: mark.cast(nw.Int64).sum() for key, mark in marks.items()}


def plain_number(column: nw.Expr) -> nw.Expr:
    """Return each text that `is_plain` as Float64."""
    import narwhals as nw

    return nw.when(column != "").then(column).cast(nw.Float64)


def to_number(column: nw.Expr, style: NumberStyle) -> nw.Expr:
    """Return each text as Float64, null where it is no number in the style."""
    import narwhals as nw

    bare = _bare(column)
    valid = bare.str.contains(style.pattern)
    negative = bare.str.contains(r"^[-(]|-$")
    thousands = r"\." if style.decimal == "," else ","
    digits = bare.str.replace_all(rf"^[-+(]\s*|\s*[-)]$|{thousands}|[{_GROUP}]", "")
    if style.decimal == ",":
        digits = digits.str.replace_all(",", ".", literal=True)
    size = nw.when(valid).then(digits).cast(nw.Float64)
    return nw.when(negative).then(nw.lit(0.0) - size).otherwise(size)


def style_counts(name: str, column: nw.Expr) -> dict[str, nw.Expr]:
    """Return the counts that decide the style of a column, to be aggregated over all its rows."""
    import narwhals as nw

    bare = _bare(column)
    point = bare.str.contains(NumberStyle(".").pattern)
    comma = bare.str.contains(NumberStyle(",").pattern)
    either = point & comma
    flags = {
        "point_only": point & ~comma,
        "comma_only": comma & ~point,
        "points": either & bare.str.contains(r"\d\.\d"),
        "commas": either & bare.str.contains(r"\d,\d"),
        "short": either & bare.str.contains(r"^\D*\d{1,3}\D*$"),
        "long": either & bare.str.contains(r"^\D*\d{4,}\D*$"),
        **{code: column.str.contains(pattern) for code, pattern in _SYMBOLS.items()},
    }
    return {f"{name}|{key}": flag.cast(nw.Int64).sum() for key, flag in flags.items()}


def decide_style(written: str, counts: Mapping[str, Any], fixed: str | None) -> NumberStyle:
    """Decide the style of a whole column.

    Raises
    ------
    InputError
        When both decimal marks are used, when every number fits both, or when currencies are mixed.
    """
    seen = {key: int(value or 0) for key, value in counts.items()}
    money = [code for code in _SYMBOLS if seen[code]]
    if len(money) > 1:
        raise InputError(
            f"several currencies in the column {written!r}",
            got=", ".join(f"{seen[code]:,} rows in {code}" for code in money),
            do="convert them first, or map a currency_column with rates",
        )
    if fixed is not None:
        return NumberStyle(fixed)
    point, comma = seen["point_only"], seen["comma_only"]
    if point and comma:
        raise InputError(
            f"both decimal marks in the column {written!r}",
            got=f"{point:,} rows with a point, {comma:,} rows with a comma",
            do='set the rule decimal to "." or ","; the other rows go to quarantine',
        )
    if not point and not comma and (seen["points"] or seen["commas"]):
        return _thousands_or_stop(written, seen)
    return NumberStyle("," if comma else ".")


def _thousands_or_stop(written: str, seen: Mapping[str, int]) -> NumberStyle:
    """Decide where every separator is followed by three digits: 1.234 is a thousand or one and a bit.

    Where small numbers have no separator and large ones always have one, it separates thousands: fixed
    decimals would stand behind the small ones too.
    """
    points, commas = seen["points"], seen["commas"]
    if seen["long"] or not seen["short"] or (points and commas):
        raise InputError(
            f"1.234 and 1,234 in the column {written!r} can be read in two ways",
            got=f"{points + commas:,} rows with three digits behind the mark, none that decides",
            do='set the rule decimal to "." or ","',
        )
    return NumberStyle("," if points else ".")
