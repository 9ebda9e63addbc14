"""Delivery time, deliveries as promised, goods as described."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.dated import dated_table
from crm_ml.analysis.day_table import collect
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.totals import last_window
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.data.contact_tables import DELIVERIES
from crm_ml.data.windows import as_date, within
from crm_ml.evaluation.calibration import wilson

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions
    from crm_ml.data.windows import DateLike, Window

__all__ = ["delivery_reliability"]


def delivery_reliability(
    tx: Transactions,
    deliveries: IntoFrame | None = None,
    *,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Compute delivery time, the part delivered as promised, and the part that was as described.

    Parameters
    ----------
    tx : Transactions
        The log; its columns ``promised`` and ``delivered`` are used when there is no table.
    deliveries : table, optional
        ``ordered, delivered`` (empty: not yet); ``promised, as_described`` (true or false). A row a line.
    as_of, period_days
        Lines ordered in this period.

    Returns
    -------
    Result
        A row a month of ordering and ``all``: ``lines, not_delivered, median_days, p90_days, on_time_share``
        (lines delivered no later than promised ÷ lines whose outcome is known; a promise that passed without
        delivery is broken) with its 95 % interval and, where known, ``as_described_share``.
    """
    window = last_window(tx, as_of, period_days)
    if deliveries is not None:
        lines = _from_table(deliveries, window)
    elif tx.has("delivered_day"):
        lines = _from_log(tx, window)
    else:
        return not_computed("delivery_reliability", "deliveries")
    if lines.empty:
        return empty_result("delivery_reliability", note("no_deliveries"))
    lines = _judged(lines, window)
    months = np.array([f"{as_date(int(day)):%Y-%m}" for day in lines["day"]])
    rows = [_row(month, lines[months == month]) for month in sorted(set(months))]
    table = pd.DataFrame([*rows, _row("all", lines)])
    total = table.iloc[-1]
    shown = [name for name in ("on_time_share", "as_described_share") if name in table]
    return finished(
        "delivery_reliability",
        table,
        source="DOMAIN 111; S4 s104, s11",
        parameters={"from": str(window.cutoff), "until": str(window.end)},
        n=int(total["lines"]),
        warnings=() if "on_time_share" in table else (note("without_column", column="promised"),),
        figures={name: float(total[name]) for name in ("median_days", *shown)},
        plotter=charts.curve("period", *shown) if shown else charts.bars("period", "median_days"),
    )


def _from_log(tx: Transactions, window: Window) -> pd.DataFrame:
    """Return the lines of the log, those with the same days counted together."""
    names = ["day", "delivered_day", *(["promised_day"] if tx.has("promised_day") else [])]
    rows = within(tx.log, window).filter(nw.col("is_purchase"))
    grouped = rows.group_by(names).agg(nw.len().cast(nw.Int64).alias("lines"))
    table = collect(tx, grouped, *names).astype(dict.fromkeys(names, "Float64"))
    return table.rename(columns={"delivered_day": "delivered", "promised_day": "promised"})


def _from_table(deliveries: IntoFrame, window: Window) -> pd.DataFrame:
    found = dated_table(deliveries, DELIVERIES, date="ordered", window=window)
    table = pd.DataFrame({"day": found["day"], "lines": 1})
    for column in ("delivered", "promised"):
        if column in found:
            table[column] = found[column].astype("Float64")
    if "as_described" in found:
        table["as_described"] = found["as_described"].astype("Float64").astype("float64")
    early = table.index[(table["delivered"] - table["day"] < 0).fillna(False)]
    if len(early):
        got = f"{len(early)} rows, at {', '.join(map(str, early[:5]))}"
        raise InputError("delivered before it was ordered", got=got, do="correct these rows")
    return table


def _judged(lines: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Add waiting days and whether the promise was kept, as known at the end of the period."""
    known = (window.end_day - lines["delivered"] > 0).fillna(False).astype(bool)
    arrived = lines["delivered"].where(known)
    judged = lines.assign(waiting=(arrived - lines["day"]).astype("float64"), known=known)
    if "promised" in lines:
        due = (window.end_day - lines["promised"] > 0).fillna(False).astype(bool)
        kept = known & (lines["promised"] - arrived >= 0).fillna(False).astype(bool)
        judged["promise"] = lines["lines"].where(lines["promised"].notna() & (known | due), 0)
        judged["kept"] = lines["lines"].where(kept, 0)
    return judged


def _row(period: str, lines: pd.DataFrame) -> dict[str, object]:
    arrived = lines[lines["known"]]
    waiting = np.repeat(arrived["waiting"].to_numpy(), arrived["lines"].to_numpy(dtype="int64"))
    middle, slow = np.quantile(waiting, [0.5, 0.9]) if len(waiting) else (np.nan, np.nan)
    row: dict[str, object] = {
        "period": period,
        "lines": int(lines["lines"].sum()),
        "not_delivered": int(lines.loc[~lines["known"], "lines"].sum()),
        "median_days": float(middle),
        "p90_days": float(slow),
    }
    if "promise" in lines:
        promises = float(lines["promise"].sum())
        row["on_time_share"] = float(lines["kept"].sum()) / promises if promises else np.nan
        low, high = wilson(row["on_time_share"], promises or np.nan)  # type: ignore[arg-type]
        row |= {"low": float(low), "high": float(high)}
    if "as_described" in lines:
        row["as_described_share"] = float(lines["as_described"].mean())
    return row
