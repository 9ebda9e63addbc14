"""The cycle of customer management in nine steps, and the four questions that it answers.

The sources show the cycle as a series of slides without naming its steps in one place; the nine steps are our
own grouping, in the order of the slides (S4 s16–104).
"""

from __future__ import annotations

from dataclasses import dataclass

from crm_ml.base.exceptions import InputError

__all__ = ["COLUMNS", "QUESTION_THEMES", "STEPS", "Step", "step_of"]

# S4 s104: the four columns of the scorecard.
COLUMNS = ("process", "satisfaction", "loyalty", "value")


@dataclass(frozen=True)
class Step:
    """One step of the cycle.

    Parameters
    ----------
    name : str
        Key of its words.
    themes : tuple of str
        Themes of the analyses that belong to it, in their order.
    """

    name: str
    themes: tuple[str, ...]


STEPS: tuple[Step, ...] = (
    Step("step_base", ("rfm", "segments", "abc")),
    Step("step_qualify", ("pyramid", "accounts")),
    Step("step_profit", ("profitability",)),
    Step("step_targets", ("growth",)),
    Step("step_resources", ("resources",)),
    Step("step_serve", ("contacts", "service", "cross_selling")),
    Step("step_satisfaction", ("survey", "complaints")),
    Step("step_loyalty", ("retention",)),
    Step("step_value", ("value", "price", "market")),
)
# S1 l.15–24: the right customers? do they stay? do we earn on them? which of them cost money? Which themes
# answer each is our own grouping.
QUESTION_THEMES = {
    "right": ("rfm", "segments", "abc", "pyramid", "accounts"),
    "kept": ("contacts", "service", "survey", "complaints", "retention"),
    "earned": ("growth", "cross_selling", "value", "price", "market"),
    "unprofitable": ("profitability", "resources"),
}
# What looks back on the whole cycle stands before it (the page of the month) and after it (the claims).
FRAME = {"scorecard": 0, "monitor": 0, "claims": len(STEPS) + 1}


def step_of(theme: str) -> int:
    """Return the number of the step that a theme belongs to: 0 before the cycle, 10 after it.

    Examples
    --------
    >>> step_of("rfm"), step_of("retention"), step_of("scorecard")
    (1, 8, 0)

    Raises
    ------
    InputError
        When the theme belongs to no step.
    """
    if theme in FRAME:
        return FRAME[theme]
    for number, step in enumerate(STEPS, start=1):
        if theme in step.themes:
            return number
    raise InputError("the theme belongs to no step of the cycle", got=repr(theme), do="add it to STEPS")
