"""Complaints by kind and by cause: how many, how long, what they cost, which few causes make most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.checked import period_of
from crm_ml.analysis.complaints.records import read_complaints
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_fraction
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["complaint_causes", "complaint_kinds"]


def complaint_kinds(
    complaints: IntoFrame | None, *, norm_days: int = 14, as_of: DateLike | None = None
) -> Result:
    """Count complaints by the judgement on them, with time, cost and repeats.

    Parameters
    ----------
    complaints, norm_days, as_of
        See :func:`~crm_ml.analysis.complaints.records.read_complaints`.

    Returns
    -------
    Result
        ``complaint_kind, complaints, share, median_resolution_days, share_resolved_in_time`` (of those not
        still running), ``cost, mean_cost, share_cost, repeated`` (by a customer who had complained before).

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "a", "b"], "opened": "2024-01-01", "closed": "2024-01-05",
    ...     "kind": ["founded", "founded", "goodwill"], "cost": [10, 20, 30]})
    >>> complaint_kinds(table).table[["complaint_kind", "complaints", "cost", "repeated"]]
      complaint_kind  complaints  cost  repeated
    0        founded           2  30.0         1
    1       goodwill           1  30.0         0
    """
    if complaints is None:
        return not_computed("complaint_kinds", "complaints")
    rows, notes = read_complaints(complaints, norm_days=norm_days, as_of=as_of)
    if rows.empty:
        return empty_result("complaint_kinds", note("no_complaints"), *notes)
    table = _summed(rows, "kind").rename(columns={"kind": "complaint_kind"})
    return finished(
        "complaint_kinds",
        table,
        source="DOMAIN 79; S4 s88",
        parameters={"norm_days": norm_days, **period_of(rows["opened"])},
        basis="cost",
        n=len(rows),
        warnings=tuple(notes),
        figures={"total_cost": float(rows["cost"].sum()), "repeated": float(table["repeated"].sum())},
        plotter=charts.bars("complaint_kind", "share", "share_cost", share=True),
    )


def complaint_causes(
    complaints: IntoFrame | None, *, most: float = 0.8, norm_days: int = 14, as_of: DateLike | None = None
) -> Result:
    """Order the causes of complaints, and find the few that make most of them.

    Parameters
    ----------
    complaints, norm_days, as_of
        See :func:`~crm_ml.analysis.complaints.records.read_complaints`.
    most : float
        Share of the complaints that the main causes make together.

    Returns
    -------
    Result
        ``cause, complaints, share, cumulative_share, main`` (in the smallest set that makes `most`),
        ``median_resolution_days, share_resolved_in_time, cost, mean_cost, share_cost, repeated``; equal
        counts in the order of their names. ``tables["categories"]`` the same by category.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abcde"), "opened": "2024-01-01", "cause": ["late"] * 4 +
    ...     ["broken"]})
    >>> complaint_causes(table).table[["cause", "cumulative_share", "main"]]
        cause  cumulative_share   main
    0    late               0.8   True
    1  broken               1.0  False
    """
    check_fraction(most, what="most")
    if complaints is None:
        return not_computed("complaint_causes", "complaints")
    rows, notes = read_complaints(complaints, norm_days=norm_days, as_of=as_of)
    if rows.empty:
        return empty_result("complaint_causes", note("no_complaints"), *notes)
    causes = _pareto(_summed(rows, "cause"), most)
    return finished(
        "complaint_causes",
        causes,
        source="DOMAIN 79; S4 s88",
        parameters={"most": most, "norm_days": norm_days, **period_of(rows["opened"])},
        basis="cost",
        n=len(rows),
        warnings=tuple(notes),
        tables={"categories": _pareto(_summed(rows, "category"), most)},
        figures={"main_causes": float(causes["main"].sum())},
        plotter=charts.bars("cause", "share", "cumulative_share", share=True),
    )


def _summed(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    named = rows["customer_id"].notna()
    again = rows.sort_values("opened", kind="stable").duplicated("customer_id").reindex(rows.index)
    marked = rows.assign(
        repeated=(again & named).astype("int64"),
        in_time=(rows["handled"] == "in_time").astype("float64").where(rows["handled"] != "running"),
    )
    grouped = marked.groupby(by)
    found = pd.DataFrame({"complaints": grouped.size(), "share": grouped.size() / len(rows)})
    found["median_resolution_days"] = grouped["days"].median()
    found["share_resolved_in_time"] = grouped["in_time"].mean()
    found["cost"] = grouped["cost"].sum()
    found["mean_cost"] = grouped["cost"].mean()
    total = float(rows["cost"].sum())
    found["share_cost"] = found["cost"] / (total if total > 0 else float("nan"))
    found["repeated"] = grouped["repeated"].sum()
    named_first = found.reset_index().sort_values(by, kind="stable")
    return named_first.sort_values("complaints", ascending=False, kind="stable", ignore_index=True)


def _pareto(table: pd.DataFrame, most: float) -> pd.DataFrame:
    cumulative = table["complaints"].cumsum() / table["complaints"].sum()
    table.insert(3, "cumulative_share", cumulative)
    table.insert(4, "main", cumulative.shift(fill_value=0.0) < most - 1e-9)
    return table
