"""Customers who left in silence, and who stayed after a complaint that was resolved in time or late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.complaints.records import HANDLED, read_complaints
from crm_ml.analysis.intervals import FEW, share_limits
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.retention.bridge import customer_changes
from crm_ml.analysis.totals import measure_of, units, window_pair
from crm_ml.analysis.words import note
from crm_ml.data.windows import DateLike, Window, within
from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["retention_after_complaint", "silent_leavers"]

_STAYED = ("grown", "shrunk", "same")


def silent_leavers(
    tx: Transactions, complaints: IntoFrame | None, *, as_of: DateLike | None = None, period_days: int = 365
) -> Result:
    """Divide the customers who stopped into those who complained before and those who never did.

    Parameters
    ----------
    tx : Transactions
        The log. Stopped: bought in the period before the last, and not in the last.
    complaints : table, optional
        See :data:`~crm_ml.data.optional_tables.COMPLAINTS`; complaints of both periods count.
    as_of, period_days
        The last period and its length.

    Returns
    -------
    Result
        ``handled`` (no_complaint or complained), ``customers, share_customers, share_low, share_high``,
        ``lost_value`` (what they spent in the earlier period) and ``share_lost_value``.
        ``tables["customers"]`` with each leaver.
    """
    if complaints is None:
        return not_computed("silent_leavers", "complaints")
    earlier, later = window_pair(tx, as_of, period_days)
    measure = measure_of(tx)
    changes = customer_changes(tx, earlier, later, measure)
    left = changes[changes["event"] == "stopped"]
    rows, notes = read_complaints(complaints, as_of=later.end)
    if left.empty:
        return empty_result("silent_leavers", note("nobody_left"), *notes)
    both = Window(earlier.cutoff_day, earlier.horizon_days + later.horizon_days)
    vocal = _opened_in(rows, both)["customer_id"]
    named = pd.DataFrame({"lost_value": left["before"] / units(measure)}, index=left.index)
    named.insert(0, "handled", np.where(named.index.isin(vocal), "complained", "no_complaint"))
    return finished(
        "silent_leavers",
        _divided(named),
        source="DOMAIN 117; S4 s87",
        parameters={"period_days": period_days, "split": str(later.cutoff), "currency": tx.currency},
        basis=(tx.basis or "revenue") if measure == "revenue" else measure,
        n=len(named),
        warnings=tuple(notes),
        tables={"customers": named.rename_axis("customer_id").reset_index()},
        plotter=charts.bars("handled", "share_customers", "share_lost_value", share=True),
    )


def retention_after_complaint(
    tx: Transactions,
    complaints: IntoFrame | None,
    *,
    norm_days: int = 14,
    as_of: DateLike | None = None,
    period_days: int = 365,
    seed: int = 0,
) -> Result:
    """Compare who stayed after a complaint resolved in time with who stayed after a late one.

    Parameters
    ----------
    tx : Transactions
        The log. Stayed: bought in the period before the last and in the last.
    complaints, norm_days
        See :func:`~crm_ml.analysis.complaints.records.read_complaints`; complaints that came in during the
        earlier period count, and of several of one customer the worst.
    as_of, period_days
        The last period and its length.
    seed : int
        Of the draws.

    Returns
    -------
    Result
        ``handled`` (no_complaint, in_time, late), ``customers, stayed, retention_rate, rate_low,
        rate_high``. Figure ``in_time_minus_late`` with its bootstrap interval ``difference_low,
        difference_high``.
    """
    if complaints is None:
        return not_computed("retention_after_complaint", "complaints")
    earlier, later = window_pair(tx, as_of, period_days)
    changes = customer_changes(tx, earlier, later, measure_of(tx))
    rows, notes = read_complaints(complaints, norm_days=norm_days, as_of=later.end)
    worst = _worst(_opened_in(rows, earlier))
    active = changes[changes["event"].isin([*_STAYED, "stopped"])]
    table = pd.DataFrame({"stayed": active["event"].isin(_STAYED).astype("float64")})
    table["handled"] = worst.reindex(table.index).fillna("no_complaint")
    table = table[table["handled"] != "running"]
    groups = table["handled"].value_counts()
    if not {"in_time", "late"} <= set(groups.index):
        return empty_result("retention_after_complaint", note("one_way_handled"), *notes)
    difference, low, high = _difference(table, seed)
    fewest = int(groups[["in_time", "late"]].min())
    few = (note("few_answers", n=fewest),) if fewest < FEW else ()
    return finished(
        "retention_after_complaint",
        _retained(table),
        source="DOMAIN 117; S4 s70, s87",
        parameters={"norm_days": norm_days, "period_days": period_days, "split": str(later.cutoff)},
        n=len(table),
        warnings=(note("not_causal"), *few, *notes),
        figures={"in_time_minus_late": difference, "difference_low": low, "difference_high": high},
        plotter=charts.bars("handled", "retention_rate", share=True),
    )


def _opened_in(rows: pd.DataFrame, window: Window) -> pd.DataFrame:
    dated: Any = nw.from_native(rows.assign(day=rows["opened"]).dropna(subset="customer_id")).lazy()
    found: pd.DataFrame = within(dated, window).collect().to_native()
    return found


def _worst(rows: pd.DataFrame) -> pd.Series[str]:
    order = {name: place for place, name in enumerate(("in_time", "running", "late"))}
    places = rows["handled"].map(order).groupby(rows["customer_id"]).max()
    return places.map(dict(zip(order.values(), order, strict=True)))


def _divided(named: pd.DataFrame) -> pd.DataFrame:
    grouped = named.groupby("handled")
    found = pd.DataFrame({"customers": grouped.size()}).reindex(["no_complaint", "complained"], fill_value=0)
    found["share_customers"] = found["customers"] / len(named)
    found["share_low"], found["share_high"] = share_limits(found["customers"], len(named))
    found["lost_value"] = grouped["lost_value"].sum().reindex(found.index, fill_value=0.0)
    total = float(found["lost_value"].sum())
    found["share_lost_value"] = found["lost_value"] / (total if total > 0 else float("nan"))
    return found.rename_axis("handled").reset_index()


def _retained(table: pd.DataFrame) -> pd.DataFrame:
    grouped = table.groupby("handled")["stayed"]
    order = ["no_complaint", *(name for name in HANDLED if name != "running")]
    found = pd.DataFrame({"customers": grouped.size(), "stayed": grouped.sum()}).reindex(order, fill_value=0)
    found = found.astype("int64")
    found["retention_rate"] = found["stayed"] / found["customers"].where(found["customers"] > 0)
    found["rate_low"], found["rate_high"] = share_limits(found["stayed"], found["customers"])
    return found.rename_axis("handled").reset_index()


def _difference(table: pd.DataFrame, seed: int, draws: int = 400) -> tuple[float, float, float]:
    asked = table[table["handled"].isin(["in_time", "late"])]
    stayed, early = asked["stayed"].to_numpy(), (asked["handled"] == "in_time").to_numpy(dtype="float64")

    def gap(weights: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            means = [(weights @ (stayed * part)) / (weights @ part) for part in (early, 1 - early)]
        return np.asarray(means[0] - means[1])

    low, high = interval(CustomerBootstrap(np.arange(len(asked)), draws, seed).figures(gap))
    return float(gap(np.ones(len(asked)))), low, high
