"""The words of the analyses in Dutch and English: columns, classes, titles, formulas, notes.

A table carries stable English names (``share_revenue``, ``key_account``), so that code can rely on them;
:func:`translated` gives the same result in the words of a reader.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from crm_ml.base.notes import Note, Wording, said
from crm_ml.base.texts import keys, label, text

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.base.result import Result

__all__ = ["WORDED", "Note", "WordList", "Wording", "note", "said", "translated", "word"]

# Columns whose cells hold words of ours; every other text comes from the data and stays as it is.
WORDED = frozenset(
    {
        "account_class",
        "action",
        "aspect",
        "attribute",
        "band_before",
        "basis",
        "claim",
        "class",
        "column",
        "complaint_kind",
        "concept",
        "cost_level",
        "criterion",
        "event",
        "formula",
        "from_class",
        "from_measure",
        "handled",
        "initiative",
        "line",
        "list",
        "loyalty_group",
        "loyalty_level",
        "margin_level",
        "measure",
        "missing",
        "moved",
        "origin",
        "outcome",
        "own_contact",
        "population",
        "profitability",
        "purpose",
        "quadrant",
        "question",
        "ranking",
        "reason",
        "risk",
        "satisfaction_level",
        "scenario",
        "segment",
        "seller",
        "service",
        "side",
        "size",
        "stage",
        "status",
        "step",
        "strategic_source",
        "to_class",
        "to_measure",
        "trend",
        "unit",
        "variant",
        "verdict",
        "whitney_action",
        "willingness",
        "zone",
    }
)
_WORD_THEMES = (
    "analysis_words",
    "analysis_titles",
    "analysis_whitney",
    "survey_aspects",
    "claims",
    "monitor",
    "uplift",
    "analysis_missing",
)


class WordList(Note):
    """Words, joined by commas, that a reader sees in the own language.

    Examples
    --------
    >>> WordList(["pyramid", "top"]).said("nl")
    'klantenpiramide, top'
    """

    names: tuple[str, ...]

    def __new__(cls, names: Iterable[str]) -> WordList:
        """Join the English words."""
        kept = tuple(names)
        self = str.__new__(cls, ", ".join(word(name) for name in kept))
        self.key, self.values, self.names = "", {}, kept
        return self

    def said(self, language: str) -> str:
        """Return the words in a language."""
        return ", ".join(word(name, language) for name in self.names)

    def __reduce__(self) -> tuple[Any, ...]:
        return (WordList, (self.names,))


def note(name: str, **values: object) -> Note:
    """Make a note from the theme ``analysis_notes``; the value of `column` is said in words.

    Examples
    --------
    >>> note("not_computed", table=Note("analysis_missing.costs"))
    'not computed: cost table missing'
    """
    if "column" in values:
        column = str(values["column"])
        values["column"] = Wording(word(column, "en"), word(column, "nl"))
    return Note(f"analysis_notes.{name}", values)


def word(name: str, language: str = "en") -> str:
    """Return the word for a column, class or analysis; unknown names in plain words.

    Examples
    --------
    >>> word("pyramid", "nl"), word("key_account", "en"), word("cds", "nl")
    ('klantenpiramide', 'key account', 'cds')
    """
    for theme in _WORD_THEMES:
        if f"{theme}.{name}" in _known(theme):
            return text(f"{theme}.{name}", language)
    return label(name, language)


@cache
def _known(theme: str) -> frozenset[str]:
    return frozenset(keys(theme))


def translated(result: Result, language: str) -> Result:
    """Return the result with its columns, classes, formula and notes in the language of a reader.

    Examples
    --------
    >>> import pandas as pd
    >>> from crm_ml.base.result import Result
    >>> translated(Result("pyramid", pd.DataFrame({"class": ["top"]})), "nl").table
      klasse
    0    top
    """
    return dataclasses.replace(
        result,
        table=_translated_table(result.table, language),
        tables={name: _translated_table(table, language) for name, table in result.tables.items()},
        warnings=tuple(said(warning, language) for warning in result.warnings),
        formula=said(result.formula, language),
        figures={word(name, language): value for name, value in result.figures.items()},
    )


def _translated_table(table: pd.DataFrame, language: str) -> pd.DataFrame:
    shown = table.copy()
    for column in WORDED.intersection(map(str, table.columns)):
        shown[column] = [word(cell, language) if isinstance(cell, str) else cell for cell in table[column]]
    for column in table.columns:
        if len(table) and isinstance(table[column].iloc[0], Wording):
            shown[column] = [said(cell, language) for cell in table[column]]
    return shown.rename(columns=lambda name: word(str(name), language))
