"""What a contact costs and what is bought after it, per channel and through the stages of a relationship."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.contacts.attribution import attributed_contacts
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.totals import last_window
from crm_ml.analysis.words import note
from crm_ml.data.contact_tables import CONTACT_STAGES
from crm_ml.evaluation.calibration import wilson

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions
    from crm_ml.data.windows import DateLike, Window

__all__ = ["contact_economics", "contact_matrix"]

_DIVISIONS = ("channel", "stage", "kind")


def contact_economics(
    tx: Transactions,
    contacts: IntoFrame | None,
    *,
    within_days: int = 14,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Compute cost and revenue per customer contact, per channel.

    Parameters
    ----------
    tx : Transactions
        The log.
    contacts : table, optional
        ``customer_id, date``; and ``channel, cost, minutes``, those that are known. A row a contact.
    within_days : int
        A purchase belongs to the last contact with that customer in so many days before it (last touch).
    as_of, period_days
        The period. Contacts of its last days had less time to be followed by a purchase.

    Returns
    -------
    Result
        A row a channel and ``all``: ``contacts, minutes, cost, cost_per_contact, revenue,
        revenue_per_contact, conversion_rate`` (contacts followed by a purchase ÷ contacts) with its 95 %
        interval ``low, high``. Figures: ``attributed_share`` of the revenue of the period. A purchase after
        a contact need not be a purchase because of it; a note says so.
    """
    if contacts is None:
        return not_computed("contact_economics", "contacts")
    window = last_window(tx, as_of, period_days)
    found, total = attributed_contacts(tx, contacts, window, within_days=within_days)
    if found.empty:
        return empty_result("contact_economics", note("no_contacts"))
    everything = _per(found.assign(channel="all"), ["channel"])
    table = pd.concat([_per(found, ["channel"]), everything]) if "channel" in found else everything
    return finished(
        "contact_economics",
        table.reset_index(drop=True),
        source="DOMAIN 27; S2 s11; S1 l.122",
        parameters=_parameters(tx, window, within_days),
        basis=(tx.basis or "revenue") if tx.has_money else "orders",
        n=len(found),
        warnings=(note("after_not_because"),),
        figures={
            "cost_per_contact": float(everything["cost_per_contact"].iloc[0]),
            "revenue_per_contact": float(everything["revenue_per_contact"].iloc[0]),
            "attributed_share": float(found["revenue"].sum()) / total if total > 0 else float("nan"),
        },
        plotter=charts.bars("channel", "cost_per_contact", "revenue_per_contact"),
    )


def contact_matrix(
    tx: Transactions,
    contacts: IntoFrame | None,
    *,
    within_days: int = 14,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Cross channel, stage and kind of the contacts with their cost and conversion.

    Parameters
    ----------
    tx : Transactions
        The log.
    contacts : table, optional
        ``customer_id, date`` and at least one of ``channel, stage, kind``; ``cost, minutes`` where known.
        Stages are ``attract, inform, sell, serve, build``.
    within_days, as_of, period_days
        See :func:`contact_economics`.

    Returns
    -------
    Result
        A row a combination that occurs: ``contacts, share_contacts, minutes, cost, cost_per_contact, revenue,
        revenue_per_contact, conversion_rate, low, high``.
    """
    if contacts is None:
        return not_computed("contact_matrix", "contacts")
    window = last_window(tx, as_of, period_days)
    found, _ = attributed_contacts(tx, contacts, window, within_days=within_days)
    divisions = [name for name in _DIVISIONS if name in found]
    if not divisions:
        return not_computed("contact_matrix", "channel")
    if found.empty:
        return empty_result("contact_matrix", note("no_contacts"))
    if "stage" in found:
        found["stage"] = pd.Categorical(found["stage"], CONTACT_STAGES, ordered=True)
    table = _per(found, divisions)
    table.insert(len(divisions) + 1, "share_contacts", table["contacts"] / len(found))
    missing = [name for name in _DIVISIONS if name not in found]
    plot = charts.heat_map(divisions[0], divisions[1], "contacts") if len(divisions) > 1 else None
    return finished(
        "contact_matrix",
        table,
        source="DOMAIN 68; S2 s18; S4 s45",
        parameters=_parameters(tx, window, within_days),
        basis=(tx.basis or "revenue") if tx.has_money else "orders",
        n=len(found),
        warnings=tuple(note("without_column", column=name) for name in missing),
        plotter=plot or charts.bars(divisions[0], "contacts"),
    )


def _per(found: pd.DataFrame, divisions: list[str]) -> pd.DataFrame:
    grouped = found.groupby(divisions, observed=True)
    table = grouped.size().rename("contacts").to_frame()
    table[["minutes", "cost", "revenue"]] = grouped[["minutes", "cost", "revenue"]].sum()
    table["cost_per_contact"] = table["cost"] / table["contacts"]
    table["revenue_per_contact"] = table["revenue"] / table["contacts"]
    table["conversion_rate"] = grouped["bought"].mean()
    table["low"], table["high"] = wilson(table["conversion_rate"], table["contacts"])
    order = ["contacts", "minutes", "cost", "cost_per_contact", "revenue", "revenue_per_contact"]
    plain = table[[*order, "conversion_rate", "low", "high"]].reset_index()
    return plain.astype({"stage": "object"}) if "stage" in plain else plain


def _parameters(tx: Transactions, window: Window, within_days: int) -> dict[str, object]:
    days = {"from": str(window.cutoff), "until": str(window.end)}
    return {**days, "within_days": within_days, "currency": tx.currency}
