"""Satisfaction × loyalty: who is satisfied and stays, and who is only one of the two.

The names of the four groups are sharp in the literature. They stand in the totals; beside a named customer
stands what was measured.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.survey.answers import read_answers
from crm_ml.analysis.survey.nps import nps_classes
from crm_ml.analysis.survey.pictures import draw_loyalty
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_fraction
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["SATISFIED", "satisfaction_by_loyalty"]

# Score from which a customer is satisfied, by the highest score of the scale (own borders).
SATISFIED = {5: 4.0, 10: 8.0}
_QUADRANTS = ("ambassador_customer", "loyal_customer", "mercenary", "hostage", "lost_customer", "terrorist")
_SUMS = ("revenue", "expected_loss")


def satisfaction_by_loyalty(
    survey: IntoFrame | None,
    loyalty: pd.Series[float] | None,
    customers: IntoFrame | None = None,
    *,
    cut: float | None = 0.60,
    group: str = "segment",
    satisfied: float | None = None,
    referrers: Collection[str] = (),
    gone: Collection[str] = (),
    complained: Collection[str] = (),
    scale: int = 5,
    as_of: DateLike | None = None,
) -> Result:
    """Cross overall satisfaction with loyalty.

    Parameters
    ----------
    survey : table, optional
        Answers of the kind ``overall``, and ``recommend`` where there are.
    loyalty : Series, optional
        Share between 0 and 1 by ``customer_id``: see :mod:`crm_ml.analysis.survey.loyalty`.
    customers : table, optional
        ``customer_id`` and one or more of ``revenue, expected_loss`` and the column `group`.
    cut : float, optional
        Loyalty from which a customer is loyal; None: the median of its own group.
    group : str
        Column of `customers` whose medians are taken.
    satisfied : float, optional
        Score from which a customer is satisfied; by default 4 of 5, or 8 of 10.
    referrers : collection of str
        Customers who brought others; with promoters, they are the ambassadors among the loyal.
    gone, complained : collection of str
        Customers who bought nothing in the last period, and who complained; the dissatisfied who are gone and
        complained or advise against us are counted apart.
    scale, as_of
        See :func:`~crm_ml.analysis.survey.answers.read_answers`.

    Returns
    -------
    Result
        ``quadrant, satisfaction_level, loyalty_level, customers, share_customers, mean_satisfaction,
        mean_loyalty`` and sums; the rows exclude each other. ``tables["customers"]`` with the neutral
        ``loyalty_group``.

    Examples
    --------
    >>> survey = pd.DataFrame({"customer_id": list("abcd"), "kind": "overall", "score": [5, 5, 1, 1]})
    >>> loyalty = pd.Series([0.9, 0.2, 0.8, 0.1], index=list("abcd"))
    >>> found = satisfaction_by_loyalty(survey, loyalty).table
    >>> found.loc[found["customers"] > 0, "quadrant"].tolist()
    ['loyal_customer', 'mercenary', 'hostage', 'lost_customer']
    """
    if survey is None or loyalty is None:
        return not_computed("satisfaction_by_loyalty", "survey" if survey is None else "scores")
    answers = read_answers(survey, scale=scale, as_of=as_of)
    scored = answers.by_customer("overall").rename("satisfaction_score")
    table = pd.concat([scored, loyalty.rename("loyalty")], axis=1, join="inner").dropna()
    if table.empty:
        return empty_result("satisfaction_by_loyalty", note("nobody_in_both"), *answers.warnings)
    border = SATISFIED[answers.scale("overall")] if satisfied is None else satisfied
    known = None if customers is None else customer_table(customers, name="customers")
    limit = _limits(table, known, cut, group)
    high, loyal = table["satisfaction_score"] >= border, table["loyalty"] >= limit
    classes = nps_classes(answers)
    promoters, detractors = (classes.index[classes == name] for name in ("promoter", "detractor"))
    lost = {*detractors, *complained} & {*gone}
    table["quadrant"] = _quadrants(high, loyal, {*promoters, *referrers}, lost)
    without = len(scored) - len(table)
    return finished(
        "satisfaction_by_loyalty",
        _totals(table, known),
        source="DOMAIN 75 and §0; S4 s94–95; Jones & Sasser (1995)",
        parameters={
            "cut": "median of the group" if cut is None else cut,
            "satisfied": border,
            **answers.period,
        },
        basis="revenue" if known is not None and "revenue" in known else "",
        n=len(table),
        warnings=(*((note("without_loyalty", customers=without),) if without else ()), *answers.warnings),
        tables={"customers": _named(table, high, loyal)},
        plotter=draw_loyalty,
    )


def _limits(
    table: pd.DataFrame, known: pd.DataFrame | None, cut: float | None, group: str
) -> float | pd.Series[float]:
    if cut is not None:
        return check_fraction(cut, what="cut")
    if known is None or group not in known:
        return float(table["loyalty"].median())
    groups = known[group].reindex(table.index).astype("object")
    medians: pd.Series[float] = table["loyalty"].groupby(groups.fillna("unknown")).transform("median")
    return medians


def _quadrants(
    high: pd.Series[bool], loyal: pd.Series[bool], advocates: set[str], opponents: set[str]
) -> np.ndarray:
    advocate, opponent = high.index.isin(list(advocates)), high.index.isin(list(opponents))
    return np.select(
        [high & loyal & advocate, high & loyal, high & ~loyal, ~high & loyal, ~high & ~loyal & ~opponent],
        _QUADRANTS[:-1],
        _QUADRANTS[-1],
    )


def _named(table: pd.DataFrame, high: pd.Series[bool], loyal: pd.Series[bool]) -> pd.DataFrame:
    """Return each customer with what was measured, in neutral words."""
    groups = np.select(
        [high & loyal, high, loyal],
        ["satisfied_loyal", "satisfied_not_loyal", "dissatisfied_loyal"],
        "dissatisfied_not_loyal",
    )
    named = table[["satisfaction_score", "loyalty"]].assign(loyalty_group=groups)
    return named.rename_axis("customer_id").reset_index()


def _totals(table: pd.DataFrame, known: pd.DataFrame | None) -> pd.DataFrame:
    grouped = table.groupby("quadrant")
    found = pd.DataFrame(index=pd.Index(_QUADRANTS, name="quadrant"))
    found["satisfaction_level"] = ["high"] * 3 + ["low"] * 3
    found["loyalty_level"] = ["high", "high", "low", "high", "low", "low"]
    found["customers"] = grouped.size().reindex(found.index, fill_value=0)
    found["share_customers"] = found["customers"] / len(table)
    found["mean_satisfaction"] = grouped["satisfaction_score"].mean()
    found["mean_loyalty"] = grouped["loyalty"].mean()
    for name in _SUMS:
        if known is not None and name in known:
            sums = known[name].reindex(table.index).groupby(table["quadrant"]).sum()
            found[name] = sums.reindex(found.index, fill_value=0.0)
    return found.reset_index()
