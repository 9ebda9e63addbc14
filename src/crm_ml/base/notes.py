"""Notes: sentences that a program makes and a person reads, kept as a key with values.

A note is an English string wherever strings go (a log, a message, a table), says itself in Dutch at the edge
where somebody reads it, and is stored as key and values: a bundle that was trained in English tells its notes
in the language of whoever opens it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from numbers import Integral
from typing import Any

from crm_ml.base.exceptions import InputError
from crm_ml.base.formats import format_date, format_number, format_share
from crm_ml.base.texts import has_text, text

__all__ = ["Note", "Wording", "day", "model_name", "number", "restored", "said", "share", "stored"]


class Note(str):
    """A sentence in English that knows how to say itself in Dutch.

    Parameters
    ----------
    key : str
        ``theme.name`` of the text.
    values : mapping
        What fills its places: numbers, names from the data, or notes and wordings, said in their turn.

    Examples
    --------
    >>> Note("analysis_notes.total_not_positive").said("nl")
    'het totaal is niet groter dan 0: aandelen zijn niet gedefinieerd'
    """

    key: str
    values: Mapping[str, Any]

    def __new__(cls, key: str, values: Mapping[str, Any] | None = None) -> Note:
        """Make the English sentence."""
        given = dict(values or {})
        english = {name: said(value, "en") for name, value in given.items()}
        self = super().__new__(cls, text(key, "en", **english))
        self.key, self.values = key, given
        return self

    def said(self, language: str) -> str:
        """Return the sentence in a language; values that are words themselves are said in it too."""
        values = {name: said(value, language) for name, value in self.values.items()}
        return text(self.key, language, **values)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.key, self.values))


class Wording(str):
    """A text that is known in every language, such as the conditions of a rule.

    Parameters
    ----------
    english, dutch : str
        The text; as a string it is the English one.

    Examples
    --------
    >>> Wording("at most 3", "hoogstens 3").said("nl")
    'hoogstens 3'
    """

    dutch: str

    def __new__(cls, english: str, dutch: str) -> Wording:
        """Keep both texts."""
        self = super().__new__(cls, english)
        self.dutch = dutch
        return self

    def said(self, language: str) -> str:
        """Return the text in a language."""
        return self.dutch if language == "nl" else str(self)

    def __reduce__(self) -> tuple[type[Wording], tuple[str, str]]:
        return (Wording, (str(self), self.dutch))


def number(value: float, *, decimals: int = 0, signed: bool = False) -> Wording:
    """Return a number with fixed decimals as a value of a note.

    Examples
    --------
    >>> number(0.0125, decimals=3, signed=True).said("nl")
    '+0,013'
    """
    sign = "+" if signed and value >= 0 else ""
    return Wording(*(sign + format_number(value, language, decimals=decimals) for language in ("en", "nl")))


def share(value: float, *, decimals: int = 0) -> Wording:
    """Return a share as a value of a note.

    Examples
    --------
    >>> share(0.125, decimals=1).said("nl")
    '12,5%'
    """
    return Wording(*(format_share(value, language, decimals=decimals) for language in ("en", "nl")))


def day(value: dt.date) -> Wording:
    """Return a day as a value of a note.

    Examples
    --------
    >>> day(dt.date(2024, 3, 1)), day(dt.date(2024, 3, 1)).said("nl")
    ('2024-03-01', '1 maart 2024')
    """
    return Wording(str(value), format_date(value, "nl"))


def model_name(name: str) -> Wording:
    """Return a model as a value of a note: its technical name in English, where logs and configs use it too.

    Examples
    --------
    >>> model_name("decision_tree").said("nl")
    'beslissingsboom'
    """
    key = f"values.model.{name}"
    return Wording(name, text(key, "nl") if has_text(key) else name)


def said(value: Any, language: str) -> Any:
    """Return a note or a text of every language in that language, a number with its marks.

    Examples
    --------
    >>> said(5304, "nl"), said("5304", "nl"), said(0.664, "nl")
    ('5.304', '5304', '0,66')
    """
    if isinstance(value, Note | Wording):
        return value.said(language)
    if isinstance(value, float):
        return format_number(value, language, decimals=2)
    is_count = isinstance(value, Integral) and not isinstance(value, bool)
    return format_number(int(value), language) if is_count else value


def stored(value: Any) -> Any:
    """Return plain values for JSON with every note in them as key and values; anything else as it is.

    The English text goes along, for readers of the file and for versions that do not know the key.

    Examples
    --------
    >>> stored({"notes": (Note("proof.one_snapshot"),)})
    {'notes': [{'text': 'one training snapshot only', 'key': 'proof.one_snapshot', 'values': {}}]}
    """
    if isinstance(value, Wording):
        return {"text": str(value), "nl": value.dutch}
    if isinstance(value, Note):
        return {"text": str(value), "key": value.key, "values": stored(value.values)}
    if isinstance(value, Mapping):
        return {name: stored(one) for name, one in value.items()}
    return [stored(one) for one in value] if isinstance(value, list | tuple) else value


def restored(value: Any) -> Any:
    """Return plain values with the notes that `stored` made plain; texts of an older bundle stay as they are.

    Examples
    --------
    >>> restored(stored({"notes": [Note("proof.one_snapshot")]}))["notes"][0].said("nl")
    'slechts één leermoment'
    >>> restored(["as it was"])
    ['as it was']
    """
    if isinstance(value, list):
        return [restored(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if value.keys() == {"text", "nl"}:
        return Wording(value["text"], value["nl"])
    if value.keys() != {"text", "key", "values"}:
        return {name: restored(one) for name, one in value.items()}
    try:
        return Note(value["key"], restored(value["values"]))
    except InputError:  # a key or a place of another version
        return value["text"]
