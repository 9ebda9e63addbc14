"""Notes: sentences that a program makes and a person reads, kept as a key with values.

A note is an English string wherever strings go (a log, a message, a table), says itself in Dutch at the edge
where somebody reads it, and is stored as key and values: a bundle that was trained in English tells its notes
in the language of whoever opens it.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

from crm_ml.base.exceptions import InputError
from crm_ml.base.formats import format_number, format_share
from crm_ml.base.texts import text

__all__ = ["Note", "Wording", "restored", "said", "share", "stored"]


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


def share(value: float, *, decimals: int = 0) -> Wording:
    """Return a share as a value of a note.

    Examples
    --------
    >>> share(0.125, decimals=1).said("nl")
    '12,5%'
    """
    english, dutch = (format_share(value, language, decimals=decimals) for language in ("en", "nl"))
    return Wording(english, dutch)


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
    """Return a note as plain values for JSON; anything else as it is.

    The English text goes along, for readers of the file and for versions that do not know the key.

    Examples
    --------
    >>> stored(Note("analysis_notes.total_not_positive"))["key"]
    'analysis_notes.total_not_positive'
    """
    if isinstance(value, Wording):
        return {"text": str(value), "nl": value.dutch}
    if isinstance(value, Note):
        values = {name: stored(one) for name, one in value.values.items()}
        return {"text": str(value), "key": value.key, "values": values}
    return value


def restored(value: Any) -> Any:
    """Return the note that `stored` made plain; a text of an older bundle stays as it is.

    Examples
    --------
    >>> note = Note("analysis_notes.total_not_positive")
    >>> restored(stored(note)).said("nl") == note.said("nl"), restored("as it was")
    (True, 'as it was')
    """
    if not isinstance(value, Mapping):
        return value
    if "nl" in value:
        return Wording(value["text"], value["nl"])
    try:
        return Note(value["key"], {name: restored(one) for name, one in value["values"].items()})
    except InputError:  # a key or a place of another version
        return value["text"]
