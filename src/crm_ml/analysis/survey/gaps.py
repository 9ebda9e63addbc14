"""Gap analysis: which aspects to improve first, by weight and by how far they fall short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.survey.answers import read_answers
from crm_ml.analysis.survey.pictures import draw_priorities
from crm_ml.analysis.survey.satisfaction import aspect_gaps, weight_notes
from crm_ml.analysis.survey.weights import aspect_weights
from crm_ml.analysis.words import note
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["gap_analysis"]

_COLUMNS = [
    "aspect",
    "quadrant",
    "gap",
    "gap_low",
    "gap_high",
    "weight",
    "share_weight",
    "priority",
    "rank",
    "expectation",
    "experience",
    "answers",
]


def gap_analysis(
    survey: IntoFrame | None,
    *,
    weights: str | None = None,
    scale: int = 5,
    as_of: DateLike | None = None,
) -> Result:
    """Order aspects by weight × shortfall and place them in the priority matrix.

    Parameters
    ----------
    survey, weights, scale, as_of
        See :func:`~crm_ml.analysis.survey.satisfaction.satisfaction`.

    Returns
    -------
    Result
        ``aspect, quadrant, gap, gap_low, gap_high, weight, share_weight, priority, rank, expectation,
        experience, answers``, heaviest shortfall first; ties in the order of the aspects' names. Priority =
        w · max(0, −gap). Quadrants cut the weight at its mean and the gap at 0 (without expectations: the
        experience at its mean): ``improve_first, keep_up, improve_later, hold``.

    Examples
    --------
    >>> survey = pd.DataFrame([("a", "expectation", "price", 4), ("a", "experience", "price", 3),
    ...     ("a", "expectation", "process", 3), ("a", "experience", "process", 5),
    ...     ("a", "importance", "price", 5), ("a", "importance", "process", 2)],
    ...     columns=["customer_id", "kind", "aspect", "score"])
    >>> gap_analysis(survey).table[["aspect", "priority", "quadrant"]]
        aspect  priority       quadrant
    0    price       5.0  improve_first
    1  process       0.0           hold
    """
    if survey is None:
        return not_computed("gap_analysis", "survey")
    answers = read_answers(survey, scale=scale, as_of=as_of)
    gaps = aspect_gaps(answers)
    if gaps.empty:
        return empty_result("gap_analysis", note("no_answers", kind="experience"), *answers.warnings)
    weight, source = aspect_weights(answers, weights)
    gaps["weight"] = gaps["aspect"].map(weight)
    total = float(gaps["weight"].sum())
    gaps["share_weight"] = gaps["weight"] / (total if total > 0 else np.nan)
    gaps["priority"] = gaps["weight"] * (-gaps["gap"]).clip(lower=0)
    gaps["rank"] = gaps["priority"].rank(method="min", ascending=False).astype("Int64")
    expected = gaps["gap"].notna().any()
    gaps["quadrant"] = _quadrants(gaps, "gap" if expected else "experience")
    ordered = gaps[_COLUMNS].sort_values(["priority", "aspect"], ascending=[False, True], ignore_index=True)
    unexpected = () if expected else (note("no_expectations"),)
    return finished(
        "gap_analysis",
        ordered,
        source="DOMAIN 72, 73; S4 s83–86",
        parameters={"weights": source, "scale": answers.scale("experience"), **answers.period},
        n=len(answers.grid("experience")),
        warnings=(*weight_notes(gaps), *unexpected, *answers.warnings),
        plotter=draw_priorities,
    )


def _quadrants(gaps: pd.DataFrame, measure: str) -> pd.Series[str]:
    heavy = gaps["weight"] >= gaps["weight"].mean()
    short = gaps[measure] < (0.0 if measure == "gap" else gaps[measure].mean())
    names = np.select(
        [heavy & short, heavy, short], ["improve_first", "keep_up", "improve_later"], "hold"
    ).astype("object")
    known = gaps["weight"].notna() & gaps[measure].notna()
    return pd.Series(names, index=gaps.index).where(known, "unknown")
