"""How quickly the helpdesk answers and solves, and what stands open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.dated import dated_table, hours_between
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.words import note
from crm_ml.data.contact_tables import HELPDESK

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.windows import Window

__all__ = ["helpdesk_times"]

_TIMES = {"response_hours": "first_response", "resolution_hours": "closed"}


def helpdesk_times(
    requests: IntoFrame | None, *, target_hours: float = 24.0, window: Window | None = None
) -> Result:
    """Compute first-response and resolution times, transfers and open requests.

    Parameters
    ----------
    requests : table, optional
        ``customer_id, opened``; ``first_response, closed`` (moments; empty: not yet), ``transfers, category,
        status``. A row a request.
    target_hours : float
        Hours within which a first response is in time.
    window : Window, optional
        Requests opened in this period only.

    Returns
    -------
    Result
        A row a category and ``all``: ``requests, open, median_response_hours, p90_response_hours,
        share_in_time`` (of the requests that were answered or have waited longer; one not answered is late),
        ``median_resolution_hours, p90_resolution_hours, mean_transfers``; ``tables["customers"]`` with number
        of requests, last one and its status.

    Examples
    --------
    >>> asked = pd.DataFrame({"customer_id": ["a", "b"], "opened": ["2024-01-01 09:00", "2024-01-02 09:00"],
    ...     "first_response": ["2024-01-01 11:00", "2024-01-04 09:00"],
    ...     "closed": ["2024-01-01 15:00", ""]})
    >>> helpdesk_times(asked).table[["requests", "open", "median_response_hours", "share_in_time"]]
       requests  open  median_response_hours  share_in_time
    0         2     1                   25.0            0.5
    """
    if requests is None:
        return not_computed("helpdesk_times", "helpdesk")
    found = dated_table(requests, HELPDESK, date="opened", window=window)
    if found.empty:
        return empty_result("helpdesk_times", note("no_requests"))
    known = {hours: end for hours, end in _TIMES.items() if end in found}
    for hours, end in known.items():
        found[hours] = hours_between(found, "opened", end, name="helpdesk")
    divided = found["category"].fillna("unknown").astype("str") if "category" in found else None
    parts = [] if divided is None else list(found.groupby(divided, sort=True))
    rows = [_row(str(name), part, target_hours) for name, part in (*parts, ("all", found))]
    table = pd.DataFrame(rows)
    shown = [str(name) for name in table if str(name).startswith("median")]
    return finished(
        "helpdesk_times",
        table,
        source="DOMAIN 67; S0 l.61–65; S4 s69",
        parameters={
            "target_hours": target_hours,
            **({} if window is None else {"from": str(window.cutoff), "until": str(window.end)}),
        },
        n=len(found),
        warnings=tuple(note("without_column", column=end) for end in _TIMES.values() if end not in found),
        tables={"customers": _customers(found)},
        figures={name: float(value) for name, value in rows[-1].items() if isinstance(value, float)},
        plotter=charts.bars("category", *(shown or ["requests"])),
    )


def _row(category: str, part: pd.DataFrame, target: float) -> dict[str, Any]:
    row: dict[str, Any] = {"category": category, "requests": len(part)}
    if "closed" in part:
        row["open"] = int(part["resolution_hours"].isna().sum())
    if "response_hours" in part:
        row["median_response_hours"] = float(part["response_hours"].median())
        row["p90_response_hours"] = float(part["response_hours"].quantile(0.9))
        row["share_in_time"] = float((part["response_hours"] <= target).mean())
    if "resolution_hours" in part:
        row["median_resolution_hours"] = float(part["resolution_hours"].median())
        row["p90_resolution_hours"] = float(part["resolution_hours"].quantile(0.9))
    if "transfers" in part:
        row["mean_transfers"] = float(part["transfers"].mean())
    return row


def _customers(found: pd.DataFrame) -> pd.DataFrame:
    ordered = found.sort_values(["customer_id", "opened"], kind="stable")
    grouped = ordered.groupby("customer_id")
    table = grouped.size().rename("requests").to_frame()
    table["last_request"] = grouped["opened"].last()
    if "status" in found:
        table["last_status"] = grouped["status"].last()
    if "response_hours" in found:
        table["mean_response_hours"] = grouped["response_hours"].mean()
    return table.reset_index()
