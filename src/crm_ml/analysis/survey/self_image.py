"""Self-image gap: what our own people think that customers score, against what customers score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.intervals import FEW
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.survey.answers import Answers, read_answers
from crm_ml.analysis.words import note
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["self_image_gap"]


def self_image_gap(survey: IntoFrame | None, *, scale: int = 5, as_of: DateLike | None = None) -> Result:
    """Compare the estimate of our own people with the score of customers, per aspect.

    Parameters
    ----------
    survey : table, optional
        Answers of the kind ``staff_estimate``, and ``experience`` on the same aspect; an estimate without an
        aspect is compared with ``overall``.
    scale, as_of
        See :func:`~crm_ml.analysis.survey.answers.read_answers`.

    Returns
    -------
    Result
        ``aspect, estimates, answers, staff_mean, customer_mean, gap`` (staff − customers), ``gap_low,
        gap_high`` (Welch); largest overestimate first.

    Examples
    --------
    >>> survey = pd.DataFrame([(None, "staff_estimate", "price", 4), (None, "staff_estimate", "price", 5),
    ...     ("a", "experience", "price", 3), ("b", "experience", "price", 2)],
    ...     columns=["customer_id", "kind", "aspect", "score"])
    >>> self_image_gap(survey).table[["aspect", "staff_mean", "customer_mean", "gap"]]
      aspect  staff_mean  customer_mean  gap
    0  price         4.5            2.5  2.0
    """
    if survey is None:
        return not_computed("self_image_gap", "survey")
    answers = read_answers(survey, scale=scale, as_of=as_of)
    estimates = answers.of("staff_estimate")
    rows = [_compared(answers, str(aspect), part["score"]) for aspect, part in estimates.groupby("aspect")]
    columns = ["aspect", "estimates", "answers", "staff_mean", "customer_mean", "gap", "gap_low", "gap_high"]
    table = pd.DataFrame([row for row in rows if row[2]], columns=columns)
    if table.empty:
        return empty_result("self_image_gap", note("no_answers", kind="staff_estimate"), *answers.warnings)
    fewest = int(table[["estimates", "answers"]].to_numpy().min())
    return finished(
        "self_image_gap",
        table.sort_values(["gap", "aspect"], ascending=[False, True], ignore_index=True),
        source="DOMAIN 118; S4 s69",
        parameters={"scale": answers.scale("staff_estimate"), **answers.period},
        n=len(estimates),
        warnings=(*((note("few_answers", n=fewest),) if fewest < FEW else ()), *answers.warnings),
        plotter=charts.bars("aspect", "staff_mean", "customer_mean"),
    )


def _compared(answers: Answers, aspect: str, staff: pd.Series[float]) -> tuple[object, ...]:
    asked = answers.of("experience")
    scored = asked.loc[asked["aspect"] == aspect, "score"] if aspect else answers.of("overall")["score"]
    gap = float(staff.mean() - scored.mean())
    half = _half_width(staff, scored)
    means = (float(staff.mean()), float(scored.mean()))
    return (aspect or "overall", len(staff), len(scored), *means, gap, gap - half, gap + half)


def _half_width(one: pd.Series[float], other: pd.Series[float]) -> float:
    """Return half the 95 % interval of a difference of means (Welch 1947, Biometrika 34: 28)."""
    from scipy.stats import t

    if min(len(one), len(other)) < 2:
        return float("nan")
    parts = np.array([one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)])
    if not parts.sum():
        return 0.0
    freedom = parts.sum() ** 2 / (parts**2 / np.array([len(one) - 1, len(other) - 1])).sum()
    return float(t.ppf(0.975, freedom) * np.sqrt(parts.sum()))
