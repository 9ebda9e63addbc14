"""Why customers left, by how many and by what they were worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.checked import checked_table, outside_notes, period_of
from crm_ml.analysis.intervals import FEW, share_limits
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.words import note
from crm_ml.data.optional_tables import EXIT_INTERVIEWS
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["exit_reasons"]


def exit_reasons(
    exit_interviews: IntoFrame | None,
    values: pd.Series[float] | None = None,
    known: pd.Index[str] | None = None,
    *,
    as_of: DateLike | None = None,
) -> Result:
    """Order exit reasons by the value that left with them.

    Parameters
    ----------
    exit_interviews : table, optional
        See :data:`~crm_ml.data.optional_tables.EXIT_INTERVIEWS`. A customer may give several reasons, so
        shares add up to more than 100 %.
    values : Series, optional
        Revenue a year by ``customer_id``, for customers without ``lost_value``.
    known : Index, optional
        Everybody in the transactions; customers outside it are counted.
    as_of : date-like, optional
        First day that is not seen.

    Returns
    -------
    Result
        ``reason, customers, share_customers, share_low, share_high, lost_value, share_lost_value``, most
        value first; equal values by number, then by name. Figures: ``reasons_each`` and ``lost_value``.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "a", "b"], "reason": ["price", "competitor", "price"],
    ...     "lost_value": [90, 90, 10]})
    >>> exit_reasons(table).table[["reason", "share_customers", "share_lost_value"]]
           reason  share_customers  share_lost_value
    0       price              1.0               1.0
    1  competitor              0.5               0.9
    """
    if exit_interviews is None:
        return not_computed("exit_reasons", "exit_interviews")
    rows, notes = checked_table(exit_interviews, EXIT_INTERVIEWS, as_of=as_of)
    rows = rows.drop_duplicates(["customer_id", "reason"])
    if rows.empty:
        return empty_result("exit_reasons", note("nobody_left"), *notes)
    worth = _worth(rows, values)
    without = int(worth.isna().sum())
    warnings = [note("without_value", customers=without)] if without else []
    warnings += [note("few_answers", n=len(worth))] if len(worth) < FEW else []
    warnings += [] if known is None else outside_notes(rows["customer_id"], known, EXIT_INTERVIEWS)
    table = _by_reason(rows, worth)
    return finished(
        "exit_reasons",
        table,
        source="DOMAIN 46; S4 s11, s16; S2 s9; S1 l.98",
        parameters={**(period_of(rows["date"]) if "date" in rows else {})},
        basis="revenue",
        n=len(worth),
        warnings=(note("several_reasons"), *warnings, *notes),
        figures={"reasons_each": len(rows) / len(worth), "lost_value": float(worth.sum())},
        plotter=charts.bars("reason", "share_customers", "share_lost_value", share=True),
    )


def _worth(rows: pd.DataFrame, values: pd.Series[float] | None) -> pd.Series[float]:
    """Return the value of each customer who left: as stated, else its revenue."""
    stated = rows["lost_value"] if "lost_value" in rows else pd.Series(float("nan"), index=rows.index)
    worth = stated.groupby(rows["customer_id"]).max()
    return worth if values is None else worth.fillna(values.reindex(worth.index))


def _by_reason(rows: pd.DataFrame, worth: pd.Series[float]) -> pd.DataFrame:
    grouped = rows.assign(lost_value=rows["customer_id"].map(worth)).groupby("reason")
    found = pd.DataFrame({"customers": grouped.size(), "share_customers": grouped.size() / len(worth)})
    found["share_low"], found["share_high"] = share_limits(found["customers"], len(worth))
    found["lost_value"] = grouped["lost_value"].sum()
    total = float(worth.sum())
    found["share_lost_value"] = found["lost_value"] / (total if total > 0 else float("nan"))
    named = found.reset_index()
    return named.sort_values(
        ["lost_value", "customers", "reason"], ascending=[False, False, True], ignore_index=True
    )
