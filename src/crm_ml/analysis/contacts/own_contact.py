"""Lack of attention: when we last spoke to a customer ourselves, and who is at risk without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.dated import dated_table
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.words import Note, note
from crm_ml.base.validation import check_fraction
from crm_ml.data.contact_tables import CONTACTS
from crm_ml.data.windows import Window, as_day

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.windows import DateLike

__all__ = ["lack_of_attention"]


def lack_of_attention(
    customers: IntoFrame | None,
    contacts: IntoFrame | None,
    scores: IntoFrame | None = None,
    *,
    as_of: DateLike,
    quiet_days: int = 180,
    risk_cut: float = 0.5,
) -> Result:
    """Say whom we have not contacted ourselves for long, and list who is at risk among them.

    Parameters
    ----------
    customers : table, optional
        ``customer_id`` of those who count as customers; ``revenue`` where known.
    contacts : table, optional
        ``customer_id, date, initiative`` (``us`` or ``customer``).
    scores : table, optional
        The risk list: ``customer_id, p_at_risk`` (or ``p_stopped``), ``expected_loss``.
    as_of : date-like
        First day that is not seen.
    quiet_days : int
        No own contact for longer than this is lack of attention.
    risk_cut : float
        Probability from which a customer is at risk.

    Returns
    -------
    Result
        ``risk`` (at_risk, not_at_risk, unknown), ``own_contact`` (recent, none), ``customers, revenue,
        expected_loss``; ``tables["at_risk_no_contact"]``: who to contact first, with the money, largest
        expected loss first; ``tables["customers"]``: ``days_since_own_contact, contacts, initiative_share``
        (contacts by us ÷ all). Figures: ``without_own_contact``, ``loss_without_contact``,
        ``initiative_share``, ``median_days_since``.
    """
    check_fraction(risk_cut, what="risk_cut")
    if customers is None:
        return empty_result("lack_of_attention", note("no_customers"))
    if contacts is None:
        return not_computed("lack_of_attention", "contacts")
    end = as_day(as_of)
    base = customer_table(customers, name="customers")
    table = base[["revenue"]].copy() if "revenue" in base else pd.DataFrame(index=base.index)
    if table.index.empty:
        return empty_result("lack_of_attention", note("no_customers"))
    found = dated_table(contacts, CONTACTS, "date", "initiative", window=Window(0, end))
    _add_contacts(table, found, end)
    _add_risk(table, scores, risk_cut)
    quiet = ~(table["days_since_own_contact"] <= quiet_days)
    table["own_contact"] = np.where(quiet, "none", "recent")
    money = [name for name in ("revenue", "expected_loss") if name in table]
    grouped = table.groupby(["risk", "own_contact"])
    summary = grouped.size().rename("customers").to_frame()
    summary[money] = grouped[money].sum()
    listed = table[quiet & (table["risk"] == "at_risk")]
    order = ["expected_loss"] if "expected_loss" in table else ["days_since_own_contact"]
    listed = listed.sort_values(order, ascending=False, kind="stable")
    loss = float(listed["expected_loss"].sum()) if "expected_loss" in listed else float("nan")
    return finished(
        "lack_of_attention",
        summary.reset_index(),
        source="DOMAIN 112; S4 s11",
        parameters={"until": str(as_of), "quiet_days": quiet_days, "risk_cut": risk_cut},
        basis="revenue" if money else "",
        n=len(table),
        warnings=_warnings(scores),
        tables={
            "at_risk_no_contact": listed.drop(columns=["risk", "own_contact"]).reset_index(),
            "customers": table.reset_index(),
        },
        figures={
            "without_own_contact": float(quiet.sum()),
            "loss_without_contact": loss,
            "initiative_share": float((found["initiative"] == "us").mean()),
            "median_days_since": float(table["days_since_own_contact"].median()),
        },
        plotter=charts.heat_map("risk", "own_contact", "customers"),
    )


def _add_contacts(table: pd.DataFrame, found: pd.DataFrame, end: int) -> None:
    own = found[found["initiative"] == "us"]
    last = own.groupby("customer_id")["day"].max().astype("float64")
    counted = found.groupby("customer_id").size()
    table["days_since_own_contact"] = end - last.reindex(table.index)
    table["contacts"] = counted.reindex(table.index, fill_value=0)
    ours = own.groupby("customer_id").size().reindex(table.index, fill_value=0)
    table["initiative_share"] = (ours / table["contacts"]).where(table["contacts"] > 0)


def _add_risk(table: pd.DataFrame, scores: IntoFrame | None, cut: float) -> None:
    if scores is None:
        table["risk"] = "unknown"
        return
    raw = customer_table(scores, name="scores")
    names = [name for name in ("p_at_risk", "p_stopped") if name in raw]
    probability = pd.Series(np.nan, index=raw.index)
    for name in names:  # p_at_risk exists for established customers only
        probability = probability.fillna(numeric(raw, name, name="scores", minimum=0))
    chance = probability.reindex(table.index)
    table["probability"] = chance
    if "expected_loss" in raw:
        table["expected_loss"] = numeric(raw, "expected_loss", name="scores").reindex(table.index)
    table["risk"] = np.select([chance >= cut, chance.notna()], ["at_risk", "not_at_risk"], "unknown")


def _warnings(scores: object) -> tuple[Note, ...]:
    return () if scores is not None else (note("without_column", column="scores"),)
