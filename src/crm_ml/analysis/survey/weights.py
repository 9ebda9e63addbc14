"""How heavy each aspect weighs: as customers say, or as it goes together with their overall satisfaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.base.validation import check_choice

if TYPE_CHECKING:
    from crm_ml.analysis.survey.answers import Answers

__all__ = ["WEIGHTS", "aspect_weights"]

WEIGHTS = ("asked", "derived", "equal")
_LEAST_PAIRS = 5


def aspect_weights(answers: Answers, weights: str | None = None) -> tuple[pd.Series[float], str]:
    """Return the weight of each aspect of experience, and where it comes from.

    Parameters
    ----------
    answers : Answers
        Answers of the kinds ``importance`` (for asked weights) or ``overall`` (for derived ones).
    weights : {"asked", "derived", "equal"}, optional
        Default: the first of these that gives any weight.

    Returns
    -------
    tuple of (Series, str)
        Weight by aspect, missing where nothing gives one. Asked: the mean importance. Derived: the rank
        correlation of experience with overall satisfaction, 0 where it is negative, missing below five pairs.
    """
    if weights is not None:
        return _weights(answers, check_choice(weights, WEIGHTS, what="weights of aspects")), weights
    for source in WEIGHTS:
        found = _weights(answers, source)
        if found.sum() > 0:
            return found, source
    return found, source


def _weights(answers: Answers, source: str) -> pd.Series[float]:
    aspects = answers.grid("experience").columns
    if source == "equal":
        return pd.Series(1.0, index=aspects)
    found = answers.grid("importance").mean() if source == "asked" else _derived(answers)
    return found.reindex(aspects).astype("float64")


def _derived(answers: Answers) -> pd.Series[float]:
    overall = answers.of("overall").set_index("respondent")["score"]
    found = {}
    for aspect, scores in answers.grid("experience").items():
        both = pd.concat([scores, overall], axis=1, keys=["aspect", "overall"], join="inner").dropna()
        varied = len(both) >= _LEAST_PAIRS and all(both[name].std() > 0 for name in both)
        # Ranks on both sides: scores are ordered, their distances are not known (Spearman 1904).
        ranks = both.rank()
        found[aspect] = max(float(ranks["aspect"].corr(ranks["overall"])), 0.0) if varied else float("nan")
    return pd.Series(found, dtype="float64")
