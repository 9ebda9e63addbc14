"""Satisfaction as experience minus expectation: per aspect, and weighted in total."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.intervals import mean_limits
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.survey.answers import Answers, read_answers
from crm_ml.analysis.survey.weights import aspect_weights
from crm_ml.analysis.words import Note, note
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["aspect_gaps", "satisfaction", "weight_notes"]


def satisfaction(
    survey: IntoFrame | None,
    *,
    weights: str | None = None,
    scale: int = 5,
    as_of: DateLike | None = None,
) -> Result:
    """Measure satisfaction as experience minus expectation, per aspect and weighted in total.

    Parameters
    ----------
    survey : table, optional
        Answers of the kinds ``experience``, ``expectation``, and ``importance`` or ``overall`` for weights.
    weights : {"asked", "derived", "equal"}, optional
        See :func:`~crm_ml.analysis.survey.weights.aspect_weights`.
    scale, as_of
        See :func:`~crm_ml.analysis.survey.answers.read_answers`.

    Returns
    -------
    Result
        ``aspect, answers`` (respondents who gave both), ``expectation, experience, gap, gap_low, gap_high,
        weight, contribution``; contributions add up to the figure ``satisfaction`` = Σ w · gap ÷ Σ w.
        ``tables["customers"]`` with each customer's own weighted gap. Aspects without a weight stand in the
        table and not in the total.

    Examples
    --------
    >>> survey = pd.DataFrame([("a", "expectation", "price", 4), ("a", "experience", "price", 3),
    ...     ("a", "expectation", "process", 3), ("a", "experience", "process", 5)],
    ...     columns=["customer_id", "kind", "aspect", "score"])
    >>> result = satisfaction(survey)
    >>> result.table["gap"].tolist(), result.figures["satisfaction"]
    ([-1.0, 2.0], 0.5)
    """
    if survey is None:
        return not_computed("satisfaction", "survey")
    answers = read_answers(survey, scale=scale, as_of=as_of)
    gaps = aspect_gaps(answers)
    if gaps["gap"].isna().all():
        return empty_result("satisfaction", note("no_pairs"), *answers.warnings)
    weight, source = aspect_weights(answers, weights)
    gaps["weight"] = gaps["aspect"].map(weight)
    counted = gaps["weight"].where(gaps["gap"].notna())
    total = float(counted.sum())
    gaps["contribution"] = counted * gaps["gap"] / (total if total > 0 else np.nan)
    known = gaps["contribution"].notna().any()
    return finished(
        "satisfaction",
        gaps,
        source="DOMAIN 71; S4 s80–84",
        parameters={"weights": source, "scale": answers.scale("experience"), **answers.period},
        n=len(answers.grid("experience")),
        warnings=(*weight_notes(gaps), *answers.warnings),
        tables={"customers": _by_customer(answers, weight)},
        figures={
            "satisfaction": float(gaps["contribution"].sum()) if known else float("nan"),
            "mean_overall": float(answers.of("overall")["score"].mean()),
        },
        plotter=charts.bars("aspect", "expectation", "experience"),
    )


def aspect_gaps(answers: Answers) -> pd.DataFrame:
    """Return experience, expectation and their difference per aspect, over respondents who gave both.

    Returns
    -------
    DataFrame
        ``aspect, answers, expectation, experience, gap, gap_low, gap_high``; an aspect without expectation
        has its experience alone.
    """
    experience, expectation = answers.grid("experience"), answers.grid("expectation")
    rows = []
    for aspect in experience.columns:
        had = experience[aspect].dropna()
        wanted = expectation[aspect].dropna() if aspect in expectation else pd.Series(dtype="float64")
        both = had.index.intersection(wanted.index)
        gap = had.reindex(both) - wanted.reindex(both)
        means = (wanted.reindex(both).mean(), had.reindex(both).mean()) if len(both) else (np.nan, had.mean())
        rows.append((aspect, len(both) or len(had), *means, gap.mean(), *mean_limits(gap)))
    columns = ["aspect", "answers", "expectation", "experience", "gap", "gap_low", "gap_high"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:], "float64"))


def weight_notes(gaps: pd.DataFrame) -> list[Note]:
    """Return the note that names aspects without a weight; none when all have one."""
    without = gaps.loc[gaps["weight"].isna(), "aspect"]
    return [note("aspects_without_weight", aspects=", ".join(without))] if len(without) else []


def _by_customer(answers: Answers, weight: pd.Series[float]) -> pd.DataFrame:
    """Return the weighted gap of each known customer over the aspects that it answered both ways."""
    gaps = answers.grid("experience").sub(answers.grid("expectation"))
    gaps = gaps.reindex(columns=weight.dropna().index).reindex(
        answers.of("experience")["respondent"].unique()
    )
    weights = gaps.notna().mul(weight.dropna(), axis=1)
    total = (gaps.fillna(0.0) * weights).sum(axis=1) / weights.sum(axis=1).where(lambda one: one > 0)
    named = answers.frame.dropna(subset="customer_id")
    owners = named.drop_duplicates("respondent").set_index("respondent")["customer_id"]
    found = pd.DataFrame({"customer_id": owners.reindex(total.index), "gap_total": total})
    return found.dropna().sort_values("customer_id", ignore_index=True)
