"""One thing that can be said of a customer: its words, when it is true, what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from crm_ml.prediction.conditions import Condition

__all__ = ["Effect", "Sentence"]

Effect: TypeAlias = Literal["raises", "lowers", "neutral", "own"]


@dataclass(frozen=True)
class Sentence:
    """One thing that can be said.

    Parameters
    ----------
    name : str
        Key in the theme ``reasons`` of the texts.
    theme : str
        What it is about; at most one sentence a theme is shown.
    effect : {"raises", "lowers", "neutral", "own"}
        Whether it explains a higher risk, a lower one, or is only a fact for want of better; ``own`` is said
        whatever the model thinks (a one-time buyer has a sentence of its own).
    when : Condition
        For whom it is true.
    shows : mapping
        Place in the text → (fact, form), the form being ``money``, ``share``, ``plain``, ``span`` or a unit.
    """

    name: str
    theme: str
    effect: Effect
    when: Condition
    shows: Mapping[str, tuple[str, str]]

    @property
    def needs(self) -> frozenset[str]:
        """The facts without which it cannot be said."""
        return frozenset(self.when.needs) | {fact for fact, _ in self.shows.values()}
