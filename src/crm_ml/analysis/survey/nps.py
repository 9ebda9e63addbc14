"""Net Promoter Score with its interval, over all and by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.intervals import FEW, share_limits
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.survey.answers import Answers, read_answers
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["BORDERS", "net_promoter_score", "nps_classes", "nps_interval"]

# Highest score of a detractor and of a passive, by the highest score of the scale.
BORDERS = {10: (6, 8), 5: (3, 4)}
_CLASSES = ("promoter", "passive", "detractor")
_Z = 1.959964


def nps_interval(
    promoters: int, detractors: int, n: int, *, adjusted: bool = False
) -> tuple[float, float, float]:
    """Return the score and its 95 % interval, in points between −100 and 100.

    Parameters
    ----------
    promoters, detractors, n : int
        Counts of answers.
    adjusted : bool
        Add ¾ promoter, ¾ detractor and 1½ passive to the interval (Rocks 2016, The American Statistician
        70: 365): better for few answers, where the plain one may have no width.

    Examples
    --------
    >>> [round(one, 1) for one in nps_interval(50, 20, 100)]
    [30.0, 14.7, 45.3]
    >>> [round(one, 1) for one in nps_interval(1, 0, 1, adjusted=True)]
    [100.0, -48.5, 98.5]
    """
    if not 0 <= promoters + detractors <= n or min(promoters, detractors) < 0 or n == 0:
        raise InputError("counts of promoters and detractors must fit in the number of answers", got=n)
    extra = 0.75 if adjusted else 0.0
    size = n + 4 * extra
    p, d = (promoters + extra) / size, (detractors + extra) / size
    half = _Z * np.sqrt(max(p + d - (p - d) ** 2, 0.0) / size)
    score = (promoters - detractors) / n
    limits = np.clip([p - d - half, p - d + half], -1, 1)
    return 100 * score, 100 * float(limits[0]), 100 * float(limits[1])


def nps_classes(answers: Answers) -> pd.Series[str]:
    """Return promoter, passive or detractor for each answer on recommendation, by respondent."""
    asked = answers.of("recommend").set_index("respondent")
    low, middle = BORDERS[answers.scale("recommend") or 10]
    scores = asked["score"]
    found = np.select([scores > middle, scores > low], ["promoter", "passive"], "detractor")
    return pd.Series(found, index=asked.index, name="class")


def net_promoter_score(
    survey: IntoFrame | None,
    groups: IntoFrame | None = None,
    *,
    group: str = "segment",
    scale: int = 5,
    as_of: DateLike | None = None,
) -> Result:
    """Measure the share of promoters less the share of detractors, with its interval.

    Parameters
    ----------
    survey : table, optional
        Answers of the kind ``recommend``; see :func:`~crm_ml.analysis.survey.answers.read_answers`.
    groups : table, optional
        ``customer_id`` and the column `group`.
    group : str
        Column of `groups`.
    scale, as_of
        See :func:`~crm_ml.analysis.survey.answers.read_answers`. On 0–10: 9–10 promoter, 7–8 passive, 0–6
        detractor; on 1–5: 5, 4 and 1–3 (own borders).

    Returns
    -------
    Result
        ``class, answers, share, share_low, share_high`` (interval of a share: Wilson). Figures in
        points: ``nps, nps_low, nps_high`` by √((p + d − (p − d)²) ÷ n), and for few answers
        ``nps_low_adjusted, nps_high_adjusted``.
        ``tables["scores"]``, ``tables["groups"]`` and ``tables["customers"]`` with each customer's class.

    Examples
    --------
    >>> survey = pd.DataFrame({"customer_id": list("abcd"), "kind": "recommend", "score": [10, 9, 8, 3]})
    >>> result = net_promoter_score(survey)
    >>> result.figures["nps"], result.table["answers"].tolist()
    (25.0, [2, 1, 1])
    """
    if survey is None:
        return not_computed("net_promoter_score", "survey")
    answers = read_answers(survey, scale=scale, as_of=as_of)
    classes = nps_classes(answers)
    if classes.empty:
        return empty_result("net_promoter_score", note("no_answers", kind="recommend"), *answers.warnings)
    asked = answers.of("recommend").set_index("respondent")
    named = asked["customer_id"].dropna()
    customers = pd.DataFrame({"customer_id": named, "class": classes.reindex(named.index)})
    tables = {
        "scores": asked.groupby("score").size().rename("answers").reset_index(),
        "customers": customers.sort_values("customer_id", ignore_index=True),
    }
    if groups is not None:
        tables["groups"] = _by_group(customers, groups, group)
    few = (note("few_answers", n=len(classes)),) if len(classes) < FEW else ()
    return finished(
        "net_promoter_score",
        _shares(classes),
        source="DOMAIN 70; S3 l.34–39; interval for few answers: Rocks (2016)",
        parameters={"borders": list(BORDERS[answers.scale("recommend")]), **answers.period},
        n=len(classes),
        warnings=(*few, *answers.warnings),
        tables=tables,
        figures=_figures(classes),
        plotter=charts.bars("class", "share", share=True),
    )


def _shares(classes: pd.Series[str]) -> pd.DataFrame:
    counts = classes.value_counts().reindex(_CLASSES, fill_value=0)
    low, high = share_limits(counts, len(classes))
    return pd.DataFrame(
        {
            "class": list(_CLASSES),
            "answers": counts.to_numpy(),
            "share": counts.to_numpy() / len(classes),
            "share_low": low,
            "share_high": high,
        }
    )


def _figures(classes: pd.Series[str]) -> dict[str, float]:
    counts = classes.value_counts()
    promoters, detractors = int(counts.get("promoter", 0)), int(counts.get("detractor", 0))
    score, low, high = nps_interval(promoters, detractors, len(classes))
    _, low_adjusted, high_adjusted = nps_interval(promoters, detractors, len(classes), adjusted=True)
    return {
        "nps": score,
        "nps_low": low,
        "nps_high": high,
        "nps_low_adjusted": low_adjusted,
        "nps_high_adjusted": high_adjusted,
    }


def _by_group(customers: pd.DataFrame, groups: IntoFrame, group: str) -> pd.DataFrame:
    named = customer_table(groups, group, name="accounts")[group].astype("object")
    found = customers["customer_id"].map(named)
    found = found.where(found.notna(), "unknown")
    rows = [
        {group: name, "answers": len(part), **_figures(part)}
        for name, part in customers["class"].groupby(found.to_numpy())
    ]
    return pd.DataFrame(rows)
