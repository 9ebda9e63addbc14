"""A risk list in a few lines for a terminal: how much, with whom, what to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.base.formats import format_money
from crm_ml.reporting.contact_case import contact_sentences

if TYPE_CHECKING:
    from crm_ml.prediction.risk_list import AnyList

__all__ = ["list_text"]

_TOP = 5


def list_text(risk_list: AnyList) -> str:
    """Return totals, the first calls, and the warnings."""
    return "\n".join([*_totals(risk_list), *_case(risk_list), "", *_top(risk_list), *_warnings(risk_list)])


def _totals(risk_list: AnyList) -> list[str]:
    totals, meta = risk_list.totals, risk_list.meta
    currency = str(meta["currency"])

    def money(name: str) -> str:
        return format_money(totals[name], currency, "en")

    lines = [
        f"risk list as of {meta['as_of']}, horizon {meta['horizon_days']} days, {meta['model_version']}",
        f"{totals['customers_listed']:,} customers listed, {totals['customers_suppressed']:,} suppressed, "
        f"{totals['customers_held_out']:,} in the hold-out group",
        f"expected loss {money('expected_loss')} of a usual {money('usual_spend')} ({meta['basis']})",
    ]
    if "revenue_12m_ledger" in totals:
        lines.append(
            f"revenue of the last 12 months: listed {money('revenue_12m_listed')} + suppressed "
            f"{money('revenue_12m_suppressed')} + never bought {money('revenue_12m_never_bought')} = ledger "
            f"{money('revenue_12m_ledger')}"
        )
    return lines


def _case(risk_list: AnyList) -> list[str]:
    return contact_sentences(risk_list.batches(), risk_list.meta, "en")


def _top(risk_list: AnyList) -> list[str]:
    shown = risk_list.head(_TOP)
    currency = str(risk_list.meta["currency"])
    return [
        f"{row['rank']:>3} {row['customer_id']:<12} "
        f"{format_money(row['expected_loss'], currency, 'en'):>12}  "
        f"{row['risk_band']:<6} {row['threat']:<9} {row['reason_1']}"
        for row in shown.to_dict("records")
    ]


def _warnings(risk_list: AnyList) -> list[str]:
    return [f"note: {warning}" for warning in risk_list.warnings]
