"""A sentence of ours, stored in English, said in the language of a reader.

Notes and reasons are kept in bundles as English sentences, so that every log and every tool can show them.
They are made from texts with places (``{days}``); here the text is recognised again and its places are filled
anew.
"""

from __future__ import annotations

import re
from functools import cache

from crm_ml.base.notes import Note
from crm_ml.base.texts import has_text, keys, text

__all__ = ["retold"]

_THEME = "proof"
_PLACE = re.compile(r"\\\{(\w+)\\\}")
_NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?%?")


def retold(sentence: str, language: str) -> str:
    """Return a note or reason in a language; unchanged where it is none of ours.

    Parameters
    ----------
    sentence : str
        English; a task and a colon may stand before it.
    language : {"nl", "en"}
        Language of the reader.

    Examples
    --------
    >>> retold("stopped: one training snapshot only", "nl")
    'Stoppen: slechts één leermoment'
    """
    if isinstance(sentence, Note):
        return sentence.said(language)
    if language == "en":
        return sentence
    head, colon, rest = sentence.partition(": ")
    if colon and has_text(f"card.{head}"):
        return f"{text(f'card.{head}', language)}: {retold(rest, language)}"
    for key, pattern in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            places = {name: _value(value, language) for name, value in found.groupdict().items()}
            return text(key, language, **places)
    return sentence


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return a pattern a text, those with the most words of their own first."""
    made = [(key, text(key, "en")) for key in keys(_THEME)]
    made.sort(key=lambda one: -len(re.sub(r"\{\w+\}", "", one[1])))
    return tuple((key, re.compile(_PLACE.sub(r"(?P<\1>.+?)", re.escape(english)))) for key, english in made)


def _value(value: str, language: str) -> str:
    """Return what fills a place: a model or a text by name, a number as the reader writes it, or itself."""
    if _NUMBER.fullmatch(value):
        swapped = value.translate(str.maketrans(",.", ".,"))
        return swapped.replace("%", " %")
    if has_text(f"values.model.{value}"):
        return text(f"values.model.{value}", language)
    for key, pattern in _patterns():
        if pattern.groups == 0 and pattern.fullmatch(value):
            return text(key, language)
    return value
