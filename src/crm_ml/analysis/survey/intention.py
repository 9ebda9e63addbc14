"""Repurchase intention and trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.intervals import FEW, mean_limits, share_limits
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.survey.answers import read_answers
from crm_ml.analysis.survey.matrix import SATISFIED
from crm_ml.analysis.words import note
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["intention_and_trust"]

_QUESTIONS = ("repurchase", "trust")


def intention_and_trust(survey: IntoFrame | None, *, scale: int = 5, as_of: DateLike | None = None) -> Result:
    """Measure how many customers intend to buy again, and how many trust us.

    Parameters
    ----------
    survey : table, optional
        Answers of the kinds ``repurchase`` and ``trust``.
    scale, as_of
        See :func:`~crm_ml.analysis.survey.answers.read_answers`.

    Returns
    -------
    Result
        ``question, answers, mean, mean_low, mean_high, share_positive, share_low, share_high``; positive is
        4 or 5 of 5, or 8 to 10 of 10.

    Examples
    --------
    >>> survey = pd.DataFrame({"customer_id": list("abcd"), "kind": "repurchase", "score": [5, 4, 2, 1]})
    >>> intention_and_trust(survey).table[["question", "mean", "share_positive"]]
         question  mean  share_positive
    0  repurchase   3.0             0.5
    """
    if survey is None:
        return not_computed("intention_and_trust", "survey")
    answers = read_answers(survey, scale=scale, as_of=as_of)
    rows, few = [], []
    for question in _QUESTIONS:
        scores = answers.of(question)["score"]
        if scores.empty:
            continue
        positive = int((scores >= SATISFIED[answers.scale(question)]).sum())
        limits = map(float, share_limits(positive, len(scores)))
        rows.append(
            (question, len(scores), scores.mean(), *mean_limits(scores), positive / len(scores), *limits)
        )
        few += [note("few_answers", n=len(scores))] if len(scores) < FEW else []
    if not rows:
        return empty_result("intention_and_trust", note("no_answers", kind="repurchase"), *answers.warnings)
    columns = [
        "question",
        "answers",
        "mean",
        "mean_low",
        "mean_high",
        "share_positive",
        "share_low",
        "share_high",
    ]
    return finished(
        "intention_and_trust",
        pd.DataFrame(rows, columns=columns),
        source="DOMAIN 84; S4 s104",
        parameters={"scale": scale, **answers.period},
        n=int(answers.frame.loc[answers.frame["kind"].isin(_QUESTIONS), "respondent"].nunique()),
        warnings=(*dict.fromkeys(few), *answers.warnings),
        plotter=charts.bars("question", "share_positive", share=True),
    )
