"""How long complaints take, by the quarter in which they came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.checked import period_of
from crm_ml.analysis.complaints.records import read_complaints
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.words import note
from crm_ml.data.windows import DateLike, as_date

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["complaint_times"]

_FIGURES = ("median_resolution_days", "p90_resolution_days", "share_resolved_in_time", "still_open")


def complaint_times(
    complaints: IntoFrame | None, *, norm_days: int = 14, as_of: DateLike | None = None
) -> Result:
    """Measure the time to resolve complaints, and how many were resolved in time.

    Parameters
    ----------
    complaints, norm_days, as_of
        See :func:`~crm_ml.analysis.complaints.records.read_complaints`.

    Returns
    -------
    Result
        ``period`` (quarter), ``complaints, resolved, still_open``; of the resolved ``median_resolution_days,
        p90_resolution_days``; ``share_resolved_in_time`` (of those resolved or past the norm).

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "opened": ["2024-01-01", "2024-04-01"],
    ...     "closed": ["2024-01-05", "2024-05-01"]})
    >>> complaint_times(table).table[["period", "median_resolution_days", "share_resolved_in_time"]]
        period  median_resolution_days  share_resolved_in_time
    0  2024 Q1          4.0            1.0
    1  2024 Q2         30.0            0.0
    """
    if complaints is None:
        return not_computed("complaint_times", "complaints")
    rows, notes = read_complaints(complaints, norm_days=norm_days, as_of=as_of)
    if rows.empty:
        return empty_result("complaint_times", note("no_complaints"), *notes)
    quarters = [_quarter(int(day)) for day in rows["opened"]]
    table = pd.DataFrame(
        [{"period": period, **_timed(part)} for period, part in rows.groupby(pd.Index(quarters))]
    )
    total = _timed(rows)
    return finished(
        "complaint_times",
        table,
        source="DOMAIN 79; S4 s88",
        parameters={"norm_days": norm_days, **period_of(rows["opened"])},
        n=len(rows),
        warnings=tuple(notes),
        figures={
            name: total[name]
            for name in (
                "median_resolution_days",
                "p90_resolution_days",
                "share_resolved_in_time",
                "still_open",
            )
        },
        plotter=charts.bars("period", "median_resolution_days", "p90_resolution_days"),
    )


def _quarter(day: int) -> str:
    date = as_date(day)
    return f"{date.year} Q{(date.month + 2) // 3}"


def _timed(rows: pd.DataFrame) -> dict[str, float]:
    due = rows["handled"] != "running"
    return {
        "complaints": len(rows),
        "resolved": int(rows["days"].notna().sum()),
        "still_open": int(rows["days"].isna().sum()),
        "median_resolution_days": float(rows["days"].median()),
        "p90_resolution_days": float(rows["days"].quantile(0.9)),
        "share_resolved_in_time": float((rows.loc[due, "handled"] == "in_time").mean()),
    }
