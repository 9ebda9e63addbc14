"""Dates as people and programs write them; one format is decided on the whole column, never guessed a row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from crm_ml.base.exceptions import InputError

if TYPE_CHECKING:
    import narwhals as nw

__all__ = ["AWARE", "candidates", "date_text", "decide_format", "number_format", "shape_of"]

_TIME = r"[T ]+([01]?\d|2[0-4]):[0-5]\d(:[0-5]\d([.,]\d+)?)?( ?[AaPp][Mm])?"
# An instant: ISO date, time, and an offset from Greenwich.
AWARE = rf"^\d{{4}}-\d{{2}}-\d{{2}}{_TIME} ?(Z|UTC|GMT|[-+]\d{{2}}(:?\d{{2}})?)$"
_SEPARATORS = "-/."
_MONTH = "[A-Za-z]{3,9}"
_SHAPES: dict[str, str] = {"%Y%m%d": r"\d{8}"}
for _mark in _SEPARATORS:
    _SHAPES |= {
        f"%Y{_mark}%m{_mark}%d": rf"\d{{4}}\{_mark}\d{{1,2}}\{_mark}\d{{1,2}}",
        f"%d{_mark}%m{_mark}%Y": rf"\d{{1,2}}\{_mark}\d{{1,2}}\{_mark}\d{{4}}",
        f"%m{_mark}%d{_mark}%Y": rf"\d{{1,2}}\{_mark}\d{{1,2}}\{_mark}\d{{4}}",
        f"%d{_mark}%m{_mark}%y": rf"\d{{1,2}}\{_mark}\d{{1,2}}\{_mark}\d{{2}}",
        f"%m{_mark}%d{_mark}%y": rf"\d{{1,2}}\{_mark}\d{{1,2}}\{_mark}\d{{2}}",
        f"%d{_mark}%b{_mark}%Y": rf"\d{{1,2}}\{_mark}[A-Za-z]{{3}}\{_mark}\d{{4}}",
    }
_SHAPES |= {
    "%d %b %Y": r"\d{1,2} [A-Za-z]{3} \d{4}",
    "%d %B %Y": rf"\d{{1,2}} {_MONTH} \d{{4}}",
    "%b %d, %Y": r"[A-Za-z]{3} \d{1,2}, \d{4}",
    "%B %d, %Y": rf"{_MONTH} \d{{1,2}}, \d{{4}}",
}


def shape_of(format_: str) -> str | None:
    """Return the regular expression of a known format without its time of day; None for an own format."""
    shape = _SHAPES.get(format_)
    return None if shape is None else f"^{shape}$"


def date_text(column: nw.Expr, format_: str) -> nw.Expr:
    """Return the text of the date alone, null where it has not the shape of the format."""
    import narwhals as nw

    shape = shape_of(format_)
    bare = column.str.strip_chars()
    if format_ == "instant":
        return nw.when(bare.str.contains(AWARE)).then(bare.str.replace_all(" ?(UTC|GMT)$", "Z"))
    if shape is None:
        return bare
    alone = bare.str.replace_all(f"{_TIME}$", "")
    return nw.when(alone.str.contains(shape)).then(alone)


def candidates(written: str, sample: Sequence[str]) -> list[str]:
    """Return the formats whose shape occurs in a sample of texts.

    Raises
    ------
    InputError
        When none does, or when moments with and without a zone are mixed.

    Examples
    --------
    >>> candidates("day", ["2024-12-31", "2024-01-02 10:00"])
    ['%Y-%m-%d']
    """
    texts = [text.strip() for text in sample if text.strip()]
    aware = sum(bool(re.match(AWARE, text)) for text in texts)
    alone = [re.sub(f"{_TIME}$", "", text) for text in texts]
    found = [name for name, shape in _SHAPES.items() if any(re.fullmatch(shape, text) for text in alone)]
    if aware and found:
        raise InputError(
            f"moments with and without a time zone in the column {written!r}",
            got=f"{aware:,} with a zone among the first {len(texts):,}",
            do="write all of them with, or all without",
        )
    if aware:
        return ["instant"]
    if not found:
        raise InputError(
            f"no date format fits the column {written!r}",
            got=", ".join(repr(text[:40]) for text in texts[:3]) or "only empty cells",
            do=_numeric_hint(texts) or 'set the rule date_format, such as "%d-%m-%Y"',
        )
    return found


def decide_format(written: str, fits: Mapping[str, int], both: Mapping[tuple[str, str], int]) -> str:
    """Decide on one format for a whole column.

    Parameters
    ----------
    written : str
        Name of the column.
    fits : mapping
        Rows that each candidate format fits.
    both : mapping
        Rows that both formats of a pair fit.

    Raises
    ------
    InputError
        When day and month could be exchanged in every row, or when two formats are really mixed.
    """
    ranked = sorted(fits, key=lambda name: (-fits[name], list(fits).index(name)))
    best = ranked[0]
    for other in ranked[1:]:
        shared = both.get((best, other), both.get((other, best), 0))
        own, foreign = fits[best] - shared, fits[other] - shared
        exchangeable = _SHAPES[best] == _SHAPES[other]  # 1/2/2024: only day and month differ
        if exchangeable and shared and not own and not foreign:
            raise InputError(
                f"day and month can be exchanged in every row of {written!r}",
                got=f"{shared:,} rows fit {best} and {other}",
                do=f'set the rule date_format to "{best}" or "{other}"',
            )
        # Exchanged days pass unseen, so a tenth is too much; another shape shows itself and is set apart.
        if foreign * (10 if exchangeable else 2) > own:
            raise InputError(
                f"two date formats are mixed in the column {written!r}",
                got=f"{own:,} rows fit only {best}, {foreign:,} only {other}",
                do="set the rule date_format; the other rows go to quarantine",
            )
    return best


def number_format(written: str, low: float, high: float) -> str:
    """Decide on the format of a column of numbers that must be dates.

    Raises
    ------
    InputError
        When they are not of the form 20241231; the message suggests what they look like.
    """
    if low >= 10_000_101 and high <= 99_991_231:
        return "%Y%m%d"
    raise InputError(
        f"the dates in the column {written!r} are numbers",
        got=f"{low:g} to {high:g}",
        do=_numeric_hint([f"{low:.0f}", f"{high:.0f}"]) or "set the rule date_format",
    )


def _numeric_hint(texts: Sequence[str]) -> str | None:
    if not texts or not all(re.fullmatch(r"-?\d+(\.\d+)?", text) for text in texts):
        return None
    middle = sorted(abs(float(text)) for text in texts)[len(texts) // 2]
    for low, high, name in ((1e4, 1e5, "excel"), (1e8, 1e10, "epoch_s"), (1e11, 1e13, "epoch_ms")):
        if low <= middle < high:
            return f'they look like {name} numbers: set the rule date_format to "{name}"'
    return None
