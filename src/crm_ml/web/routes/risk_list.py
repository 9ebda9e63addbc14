"""The risk list in pages: filtered, sorted, from a file that is never loaded."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from crm_ml.base.exceptions import InputError
from crm_ml.data.engines.list_file import Condition, Position
from crm_ml.jobs.scored_lists import ScoredLists
from crm_ml.prediction.columns import CONTACT_GROUPS, RISK_BANDS, SCORE_BASES, SINCE_LAST_LIST, THREATS
from crm_ml.web.answers import JsonAnswer
from crm_ml.web.errors import Problem
from crm_ml.web.schemas import ListPage
from crm_ml.web.service import Service, service_of

__all__ = ["router"]

router = APIRouter(tags=["risk list"])

Sort = Literal[
    "rank", "expected_loss", "p_at_risk", "p_stopped", "p_drying_up", "usual_spend", "expected_spend",
    "revenue_12m", "clv", "contact_value", "recency_days", "purchase_days",
]  # fmt: skip
_META = ("as_of", "horizon_days", "currency", "basis", "model_version")
_LEAST = {"min_expected_loss": "expected_loss", "min_p_at_risk": "p_at_risk", "min_clv": "clv"}
Money = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]


class ListQuery(BaseModel):
    """Filters, order and page of the risk list."""

    model_config = ConfigDict(extra="forbid")

    risk_band: Literal[RISK_BANDS] | None = None  # type: ignore[valid-type]
    threat: Literal[THREATS] | None = None  # type: ignore[valid-type]
    contact_group: Literal[CONTACT_GROUPS] | None = None  # type: ignore[valid-type]
    score_basis: Literal[SCORE_BASES] | None = None  # type: ignore[valid-type]
    since_last_list: Literal[SINCE_LAST_LIST] | None = None  # type: ignore[valid-type]
    owner: str | None = Field(None, max_length=300, description="account manager")
    segment: str | None = Field(None, max_length=300, description="RFM segment, by its English name")
    may_contact: bool | None = None
    human_review_required: bool | None = None
    min_expected_loss: Money | None = Field(None, description="in the currency of the list")
    min_p_at_risk: float | None = Field(None, ge=0, le=1)
    min_clv: Money | None = Field(None, description="in the currency of the list")
    sort: Sort = Field("rank", description="rank is the order of calling; ties come by rank")
    order: Literal["asc", "desc"] = Field("asc", description="missing values come last in both")
    columns: str | None = Field(None, max_length=2_000, description="names with commas; empty: all")
    limit: int = Field(50, ge=1, le=1_000, description="customers a page")
    cursor: str | None = Field(None, max_length=1_000, description="next of the page before")

    @property
    def filters(self) -> list[Condition]:
        """Return the filters that are set as conditions."""
        equal = ("risk_band", "threat", "contact_group", "score_basis", "since_last_list", "owner", "segment",
                 "may_contact", "human_review_required")  # fmt: skip
        wanted = [(name, "=", getattr(self, name)) for name in equal]
        wanted += [(column, ">=", getattr(self, name)) for name, column in _LEAST.items()]
        return [Condition(column, test, one) for column, test, one in wanted if one is not None]  # type: ignore[arg-type]

    @property
    def question(self) -> str:
        """What a cursor belongs to: order and filters, not columns and size of a page."""
        return repr((self.sort, self.order, self.filters))


@router.get("/v1/risk-list", response_model=ListPage)
async def risk_list(request: Request, query: Annotated[ListQuery, Query()]) -> JsonAnswer:
    """Return a page of customers; `next`, or the header `Link`, leads to the one after it."""
    service = service_of(request)
    lists = service.lists
    chosen = _columns(query.columns, lists.columns)
    page = await service.compute(lambda: _page(service, lists, query, chosen))
    headers = {}
    if page["next"]:
        again = [(name, one) for name, one in request.query_params.multi_items() if name != "cursor"]
        headers["Link"] = f'<{request.url.path}?{urlencode([*again, ("cursor", page["next"])])}>; rel="next"'
    return JsonAnswer(page, headers=headers)


def _page(service: Service, lists: ScoredLists, query: ListQuery, columns: list[str]) -> dict[str, Any]:
    stamp = lists.stamp
    after = service.cursors.read(query.cursor, stamp, query.question) if query.cursor else None
    # One more than asked for tells whether there is a next page.
    rows = lists.page(
        columns,
        query.filters,
        sort=query.sort,
        descending=query.order == "desc",
        after=after,
        limit=query.limit + 1,
    )
    about = lists.about()
    if lists.stamp != stamp:
        raise Problem(503, "the list is being replaced: ask again", {"Retry-After": "1"})
    more, rows = len(rows) > query.limit, rows[: query.limit]
    last = Position(rows[-1][query.sort], rows[-1]["rank"]) if more else None
    return {
        **{name: about.get(name) for name in _META},
        "customers": [{name: row[name] for name in columns} for row in rows],
        "next": service.cursors.make(last, stamp, query.question) if last else None,
    }


def _columns(wanted: str | None, known: list[str]) -> list[str]:
    if not wanted:
        return known
    chosen = list(dict.fromkeys(name.strip() for name in wanted.split(",")))
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise InputError("the list has no such column", got=unknown[0][:100], do=f"known: {', '.join(known)}")
    return chosen
