"""Zones of defection, indifference and affection, by how satisfied customers are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.intervals import FEW, share_limits
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.survey.answers import read_answers
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.words import note
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["ZONE_BORDERS", "loyalty_zones", "zones_of"]

# Highest score of defection and of indifference, by the highest score of the scale (own borders).
ZONE_BORDERS = {5: (2.0, 4.0), 10: (5.0, 8.0)}
_ZONES = ("defection_zone", "indifference_zone", "affection_zone")
_SUMS = ("revenue", "expected_loss")


def zones_of(scores: pd.Series[float], borders: tuple[float, float]) -> pd.Series[str]:
    """Return the zone of each score.

    Examples
    --------
    >>> zones_of(pd.Series([2.0, 3.0, 4.5, 5.0]), ZONE_BORDERS[5]).tolist()
    ['defection_zone', 'indifference_zone', 'affection_zone', 'affection_zone']
    """
    low, middle = borders
    return pd.Series(
        np.select([scores > middle, scores > low], ["affection_zone", "indifference_zone"], "defection_zone"),
        index=scores.index,
        name="zone",
    )


def loyalty_zones(
    survey: IntoFrame | None,
    customers: IntoFrame | None = None,
    *,
    borders: tuple[float, float] | None = None,
    scale: int = 5,
    as_of: DateLike | None = None,
) -> Result:
    """Divide overall satisfaction into the zones of defection, indifference and affection.

    Parameters
    ----------
    survey : table, optional
        Answers of the kind ``overall``.
    customers : table, optional
        ``customer_id`` and one or more of ``revenue, expected_loss``, to see what lies in each zone.
    borders : tuple of float, optional
        Highest score of defection and of indifference; by default 2 and 4 of 5, or 5 and 8 of 10.
    scale, as_of
        See :func:`~crm_ml.analysis.survey.answers.read_answers`.

    Returns
    -------
    Result
        ``zone, answers, share, share_low, share_high`` and the sums of the customers' columns.
        ``tables["customers"]`` with score and zone.

    Examples
    --------
    >>> survey = pd.DataFrame({"customer_id": list("abc"), "kind": "overall", "score": [5, 4, 1]})
    >>> loyalty_zones(survey).table["answers"].tolist()
    [1, 1, 1]
    """
    if survey is None:
        return not_computed("loyalty_zones", "survey")
    answers = read_answers(survey, scale=scale, as_of=as_of)
    asked = answers.of("overall")
    if asked.empty:
        return empty_result("loyalty_zones", note("no_answers", kind="overall"), *answers.warnings)
    chosen = borders or ZONE_BORDERS[answers.scale("overall")]
    placed = asked.assign(zone=zones_of(asked["score"], chosen))
    counts = placed["zone"].value_counts().reindex(_ZONES, fill_value=0)
    table = pd.DataFrame({"zone": list(_ZONES), "answers": counts.to_numpy()})
    table["share"] = table["answers"] / len(placed)
    table["share_low"], table["share_high"] = share_limits(counts, len(placed))
    if customers is not None:
        table = table.merge(_sums(placed, customers), on="zone", how="left")
    named = placed.dropna(subset="customer_id").rename(columns={"score": "satisfaction_score"})
    few = (note("few_answers", n=len(placed)),) if len(placed) < FEW else ()
    return finished(
        "loyalty_zones",
        table,
        source="DOMAIN 74; S4 s93; Jones & Sasser (1995); borders: own choice",
        parameters={"borders": list(chosen), **answers.period},
        basis="revenue" if "revenue" in table else "",
        n=len(placed),
        warnings=(*few, *answers.warnings),
        tables={"customers": named[["customer_id", "satisfaction_score", "zone"]].sort_values("customer_id")},
        plotter=charts.bars("zone", "share", share=True),
    )


def _sums(placed: pd.DataFrame, customers: IntoFrame) -> pd.DataFrame:
    known = customer_table(customers, name="customers")
    columns = [name for name in _SUMS if name in known]
    joined = placed.dropna(subset="customer_id").join(known[columns], on="customer_id")
    sums: pd.DataFrame = joined.groupby("zone")[columns].sum().reset_index()
    return sums
