"""Retention in its variants, and the retention index of a segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.day_table import first_days
from crm_ml.analysis.results import finished
from crm_ml.analysis.retention.bridge import customer_changes
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.totals import measure_of, window_pair
from crm_ml.analysis.words import note
from crm_ml.data.windows import DateLike, Window, as_day

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["active_in_both", "retention_index", "retention_rates"]


def retention_rates(tx: Transactions, *, as_of: DateLike | None = None, period_days: int = 365) -> Result:
    """Measure which part of the customers, and of their money, stayed.

    Parameters
    ----------
    tx : Transactions
        The log.
    as_of, period_days
        The last period and its length; the earlier period has the same length. Active means: bought in the
        period.

    Returns
    -------
    Result
        ``variant, rate, churn, mean_lifetime`` (in periods, 1 ÷ churn) with counts. Variants: ``customers``
        (active in both ÷ active in the first), ``end_minus_new`` ((E − N) ÷ S, which counts reactivated
        customers as kept), ``first_time_buyers`` (the cohort that first bought in the earlier period),
        ``gross_revenue`` (Σ min(before, after) ÷ Σ before) and ``net_revenue``.
    """
    earlier, later = window_pair(tx, as_of, period_days)
    changes = customer_changes(tx, earlier, later, measure_of(tx))
    states = changes["event"]
    was, kept = _active(states)
    reactivated = int((states == "reactivated").sum())
    fresh = _first_bought_in(tx, earlier)
    before, after = changes.loc[was, "before"], changes.loc[was, "after"]
    money = float(before.sum())
    both_ways = before.where(before < after, after).clip(lower=0)
    rows = [
        ("customers", int(kept.sum()), int(was.sum())),
        ("end_minus_new", int(kept.sum()) + reactivated, int(was.sum())),
        ("first_time_buyers", int(kept.reindex(fresh, fill_value=False).sum()), len(fresh)),
        ("gross_revenue", float(both_ways.sum()), money),
        ("net_revenue", float(after.sum()), money),
    ]
    table = pd.DataFrame(rows, columns=["variant", "kept", "out_of"])
    table["rate"] = (table["kept"] / table["out_of"].where(table["out_of"] > 0)).astype("float64")
    table["churn"] = 1 - table["rate"]
    table["mean_lifetime"] = 1 / table["churn"].where(table["churn"] > 0)
    short = as_day(tx.first_day) > earlier.cutoff_day
    return finished(
        "retention_rates",
        table.drop(columns=["kept", "out_of"]).assign(
            n=[row[2] if number < 3 else int(was.sum()) for number, row in enumerate(rows)]
        ),
        source="DOMAIN 45 and §0; S3 l.40–41; S1 l.81; S2 s11",
        parameters={"period_days": period_days, "split": str(later.cutoff)},
        basis="customers and revenue",
        n=int(was.sum()),
        warnings=(note("period_before_data", first=tx.first_day),) if short else (),
        figures={"reactivated": float(reactivated), "retention": float(table["rate"].iloc[0])},
        plotter=charts.bars("variant", "rate", share=True),
    )


def retention_index(
    tx: Transactions,
    groups: IntoFrame | None,
    *,
    group: str = "segment",
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Compare the retention of each segment with that of all customers (1.00 = average); an own definition.

    Parameters
    ----------
    tx : Transactions
        The log.
    groups : table, optional
        ``customer_id`` and the column `group`, known before the later period.
    group : str
        Column of `groups`.
    as_of, period_days
        The last period and its length.

    Returns
    -------
    Result
        The group, ``customers, rate, retention_index``.
    """
    from crm_ml.analysis.results import not_computed

    if groups is None:
        return not_computed("retention_index", "accounts")
    both = active_in_both(tx, as_of=as_of, period_days=period_days)
    named = customer_table(groups, group, name="groups")[group]
    segment = named.reindex(both.index).astype("object").where(lambda cells: cells.notna(), "unknown")
    grouped = both.groupby(segment.rename(group))
    table = pd.DataFrame({"customers": grouped.size(), "rate": grouped.mean()}).reset_index()
    overall = float(both.mean()) if len(both) else float("nan")
    table["retention_index"] = table["rate"] / overall if overall > 0 else float("nan")
    return finished(
        "retention_index",
        table,
        source="DOMAIN 44 (own definition); S4 s21 names the coefficient without a formula",
        parameters={"group": group, "period_days": period_days},
        n=len(both),
        figures={"retention": overall},
        plotter=charts.bars(group, "retention_index"),
    )


def active_in_both(
    tx: Transactions, *, as_of: DateLike | None = None, period_days: int = 365
) -> pd.Series[bool]:
    """Return for each customer active in the earlier period whether it was active in the later one too."""
    earlier, later = window_pair(tx, as_of, period_days)
    was, kept = _active(customer_changes(tx, earlier, later, "orders")["event"])
    return kept[was]


def _active(events: pd.Series[str]) -> tuple[pd.Series[bool], pd.Series[bool]]:
    kept = events.isin(["grown", "shrunk", "same"])
    return kept | (events == "stopped"), kept


def _first_bought_in(tx: Transactions, window: Window) -> pd.Index[str]:
    first = first_days(tx, window.end_day)
    return first.index[(first - window.cutoff_day) >= 0]
