"""Value for the customer: what it gets against what it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.intervals import mean_limits
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.survey.answers import read_answers
from crm_ml.analysis.words import note
from crm_ml.data.optional_tables import VALUE_ASPECTS
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["value_for_customer"]

_GETS, _GIVES = list(VALUE_ASPECTS[:3]), list(VALUE_ASPECTS[3:])


def value_for_customer(survey: IntoFrame | None, *, scale: int = 5, as_of: DateLike | None = None) -> Result:
    """Divide what customers get by what it costs them: price, and their own cost of obtaining it.

    Parameters
    ----------
    survey : table, optional
        Answers of the kind ``value`` on the aspects ``result, individualisation, process_quality, price_paid,
        cost_of_obtaining``; for the last two a high score is a high sacrifice.
    scale, as_of
        See :func:`~crm_ml.analysis.survey.answers.read_answers`.

    Returns
    -------
    Result
        ``aspect, side, answers, mean, mean_low, mean_high`` over respondents who scored all five. Figure
        ``value_ratio`` = (result + individualisation + process quality) ÷ (price + cost of obtaining) of the
        means; with five equal scores it is 1.5. ``tables["customers"]`` with each customer's own ratio.

    Examples
    --------
    >>> scores = [4, 5, 3, 3, 1]
    >>> survey = pd.DataFrame({"customer_id": "a", "kind": "value", "aspect": VALUE_ASPECTS, "score": scores})
    >>> value_for_customer(survey).figures
    {'value_ratio': 3.0}
    """
    if survey is None:
        return not_computed("value_for_customer", "survey")
    answers = read_answers(survey, scale=scale, as_of=as_of)
    grid = answers.grid("value").reindex(columns=list(VALUE_ASPECTS)).dropna()
    if grid.empty:
        return empty_result("value_for_customer", note("no_complete_value"), *answers.warnings)
    rows = [
        (
            aspect,
            "gets" if aspect in _GETS else "gives",
            len(grid),
            grid[aspect].mean(),
            *mean_limits(grid[aspect]),
        )
        for aspect in VALUE_ASPECTS
    ]
    ratios = grid[_GETS].sum(axis=1) / grid[_GIVES].sum(axis=1)
    named = answers.of("value").dropna(subset="customer_id")["respondent"]
    own = ratios[ratios.index.isin(named)].sort_index()
    incomplete = len(answers.grid("value")) - len(grid)
    partly = (note("incomplete_value", n=incomplete),) if incomplete else ()
    return finished(
        "value_for_customer",
        pd.DataFrame(rows, columns=["aspect", "side", "answers", "mean", "mean_low", "mean_high"]),
        source="DOMAIN 78; S4 s75, s79; value equation of Heskett, Sasser & Schlesinger (1997)",
        parameters={"scale": answers.scale("value"), **answers.period},
        n=len(grid),
        warnings=(*partly, *answers.warnings),
        tables={"customers": pd.DataFrame({"customer_id": own.index, "value_ratio": own.to_numpy()})},
        figures={"value_ratio": float(grid[_GETS].mean().sum() / grid[_GIVES].mean().sum())},
        plotter=charts.bars("aspect", "mean"),
    )
