"""How complaints are spread over customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.checked import outside_notes, period_of
from crm_ml.analysis.complaints.records import read_complaints
from crm_ml.analysis.profitability.whale import best_share
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.words import note
from crm_ml.data.optional_tables import COMPLAINTS
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["complaint_concentration"]

_MANY = 3


def complaint_concentration(
    complaints: IntoFrame | None,
    customers: pd.Index[str],
    known: pd.Index[str] | None = None,
    *,
    as_of: DateLike | None = None,
) -> Result:
    """Measure which share of the customers makes which share of the complaints.

    Parameters
    ----------
    complaints, as_of
        See :func:`~crm_ml.analysis.complaints.records.read_complaints`.
    customers : Index
        The customers of the base; complaints of others are counted and left out.
    known : Index, optional
        Everybody in the transactions, to tell former customers from unknown ones.

    Returns
    -------
    Result
        ``complaints_each`` (0, 1, 2, 3 or more), ``customers, share_customers, complaints,
        share_complaints``. ``tables["customers"]`` with complaints and cost. Figures:
        ``top_20_share_of_complaints`` (of the 20 % of customers with most) and ``share_complaining``.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "a", "a", "b"], "opened": "2024-01-01"})
    >>> complaint_concentration(table, pd.Index(list("abcde"))).figures["top_20_share_of_complaints"]
    0.75
    """
    if complaints is None:
        return not_computed("complaint_concentration", "complaints")
    rows, notes = read_complaints(complaints, as_of=as_of)
    counted = rows[rows["customer_id"].isin(customers)]
    notes += outside_notes(rows["customer_id"], customers, COMPLAINTS, known)
    if counted.empty:
        return empty_result("complaint_concentration", note("no_complaints"), *notes)
    grouped = counted.groupby("customer_id")
    named = pd.DataFrame({"complaints": grouped.size(), "cost": grouped["cost"].sum()})
    each = named["complaints"].reindex(customers, fill_value=0)
    step = each.clip(upper=_MANY)
    table = pd.DataFrame({"customers": each.groupby(step).size(), "complaints": each.groupby(step).sum()})
    table = table.reindex(range(_MANY + 1), fill_value=0)
    table.insert(1, "share_customers", table["customers"] / len(each))
    table["share_complaints"] = table["complaints"] / int(each.sum())
    table.insert(0, "complaints_each", [*map(str, range(_MANY)), f"{_MANY}+"])
    return finished(
        "complaint_concentration",
        table.reset_index(drop=True),
        source="DOMAIN 25, 79; S4 s28–29, s88",
        parameters={**period_of(rows["opened"])},
        n=len(each),
        warnings=tuple(notes),
        tables={"customers": named.reset_index()},
        figures={
            "top_20_share_of_complaints": best_share(each.astype("float64")),
            "share_complaining": len(named) / len(each),
        },
        plotter=charts.bars("complaints_each", "share_customers", "share_complaints", share=True),
    )
