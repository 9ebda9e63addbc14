"""One customer of the served list: score, reasons, rule, value with its interval, and history."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from crm_ml.jobs.scored_lists import ScoredLists
from crm_ml.prediction.columns import REASONS
from crm_ml.web.answers import JsonAnswer
from crm_ml.web.errors import Problem
from crm_ml.web.schemas import Customer
from crm_ml.web.service import service_of

__all__ = ["router"]

router = APIRouter(tags=["risk list"])

_WHOLE = (
    "customer_id", "rank", "as_of", "model_version", "currency", "basis", "horizon_days", "rule", "advice",
    "human_review_required",
)  # fmt: skip
_PARTS = {
    "scores": (
        "p_stopped", "p_drying_up", "p_at_risk", "expected_spend", "expected_purchases", "usual_spend",
        "expected_loss", "risk_band", "threat", "segment", "rfm_score", "since_last_list", "score_basis",
    ),
    "purchases": ("last_purchase", "recency_days", "purchase_days", "revenue_12m", "revenue_prev_12m"),
    "contact": ("name", "owner", "may_contact", "contact_group", "contact_value"),
}  # fmt: skip
_VALUE = {"value": "clv", "low": "clv_low", "high": "clv_high", "horizon_days": "clv_horizon_days"}


@router.get("/v1/customers/{customer_id:path}", response_model=Customer)
async def customer(
    customer_id: Annotated[str, Path(min_length=1, max_length=1_000)], request: Request
) -> JsonAnswer:
    """Return a customer by id, written as in the list (by pseudonym where the service gives pseudonyms)."""
    service = service_of(request)
    lists = service.lists
    found = await service.compute(lambda: _found(lists, customer_id))
    if found is None:
        raise Problem(404, "no such customer on the list: unknown, suppressed, or written in another way")
    return JsonAnswer(found)


def _found(lists: ScoredLists, customer_id: str) -> dict[str, Any] | None:
    row = lists.customer(customer_id)
    if row is None:
        return None
    return {
        **{name: row[name] for name in _WHOLE},
        **{part: {name: row[name] for name in names if name in row} for part, names in _PARTS.items()},
        "reasons": [row[name] for name in REASONS if row[name]],
        "lifetime_value": {name: row[column] for name, column in _VALUE.items()},
        "history": lists.history(customer_id),
    }
