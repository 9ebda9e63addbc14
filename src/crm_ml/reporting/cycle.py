"""The order of a report on a customer base: the nine steps of the cycle, and the four questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from crm_ml.analysis.scorecard.steps import QUESTION_THEMES, STEPS, step_of
from crm_ml.analysis.words import word
from crm_ml.base.texts import text
from crm_ml.reporting.page import Index, Section

__all__ = ["by_step", "indexes", "step_title"]

T = TypeVar("T")


def by_step(themes: Mapping[str, T]) -> dict[str, T]:
    """Return themes in the order of the cycle; within a step in its order.

    Examples
    --------
    >>> list(by_step({"retention": 1, "abc": 2, "rfm": 3}))
    ['rfm', 'abc', 'retention']
    """
    return dict(sorted(themes.items(), key=lambda one: (step_of(one[0]), _place(one[0]))))


def step_title(theme: str, language: str) -> str:
    """Return the heading of the step that a theme belongs to.

    Examples
    --------
    >>> step_title("retention", "nl")
    '8. Klantentrouw'
    """
    number = step_of(theme)
    if number == 0:
        return word("step_steer", language)
    return word(STEPS[number - 1].name if number <= len(STEPS) else "step_claims", language)


def indexes(sections: Mapping[str, Section], language: str) -> tuple[Index, ...]:
    """Return the contents by the nine steps and by the four questions, of the themes that there are.

    Parameters
    ----------
    sections : mapping of str to Section
        Theme → its section.
    language : {"nl", "en"}
        Language of the reader.
    """
    steps: dict[str, list[Section]] = {}
    for theme, section in sections.items():
        steps.setdefault(step_title(theme, language), []).append(section)
    answers = {
        word(f"question_{question}", language): [sections[theme] for theme in themes if theme in sections]
        for question, themes in QUESTION_THEMES.items()
    }
    return (
        Index(text("analysis_report.by_step", language), _entries(steps)),
        Index(text("analysis_report.by_question", language), _entries(answers)),
    )


def _entries(found: Mapping[str, Sequence[Section]]) -> tuple[tuple[str, tuple[Section, ...]], ...]:
    return tuple((title, tuple(sections)) for title, sections in found.items() if sections)


def _place(theme: str) -> int:
    number = step_of(theme)
    return STEPS[number - 1].themes.index(theme) if 0 < number <= len(STEPS) else 0
