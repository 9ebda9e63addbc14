"""What goes in and comes out, as the OpenAPI document tells it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "Customer",
    "FeatureRow",
    "Health",
    "ListPage",
    "ModelCard",
    "ProblemDetails",
    "ScoreName",
    "ScoreRequest",
    "Scores",
]

ScoreName = Literal[
    "p_stopped", "p_drying_up", "p_at_risk", "expected_spend", "expected_purchases",
    "clv", "clv_low", "clv_high", "score_basis",
]  # fmt: skip
_MOST = 1e12
Number = Annotated[float, Field(ge=-_MOST, le=_MOST, allow_inf_nan=False)]
Day = Annotated[dt.date, Field(ge=dt.date(1900, 1, 1), le=dt.date(2200, 1, 1))]
Name = Annotated[str, Field(min_length=1, max_length=300)]
Text = Annotated[str, Field(max_length=1_000)]
Cell = Text | bool | Annotated[int, Field(ge=-(10**15), le=10**15)] | Number | None
Id = Annotated[str, Field(min_length=1, max_length=1_000, pattern=r"^[^\x00]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FeatureRow(_Strict):
    """Features of one customer, as `crm-ml features` makes them; more than the models read is harmless."""

    customer_id: Id | None = Field(None, description="comes back with the scores")
    features: dict[Name, Number | None] = Field(
        min_length=1, max_length=2_000, description="feature → number; null is missing"
    )


class ScoreRequest(_Strict):
    """Feature rows, or transactions: one of the two."""

    rows: list[FeatureRow] | None = Field(None, min_length=1, description="one a customer")
    transactions: list[dict[Name, Cell]] | None = Field(
        None, min_length=1, description="lines of one or many customers, in the columns of the training"
    )
    as_of: Day | None = Field(
        None, description="score transactions as known before this day; empty: the day after the last one"
    )
    scores: list[ScoreName] | None = Field(
        None,
        min_length=1,
        max_length=20,
        description="which scores; lifetime value takes longest; empty: all",
    )
    explain: bool = Field(False, description="reasons, rule, risk band, threat and advice as well")
    language: Literal["en", "nl"] = Field("en", description="of reasons and advice")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.rows is None) == (self.transactions is None):
            raise ValueError("give either rows or transactions")
        if self.rows is not None and self.as_of is not None:
            raise ValueError("as_of is for transactions; feature rows have their day in them")
        return self


class Scores(BaseModel):
    """One entry a customer, in the order of the rows (of the ids, for transactions); null where unknown."""

    model_version: str
    as_of: dt.date | None = Field(None, description="of transactions")
    horizon_days: int
    currency: str
    scores: list[dict[str, str | float | bool | None]]
    input: dict[str, Any] | None = Field(None, description="what became of the transactions that were sent")


class Customer(BaseModel):
    """A customer of the served list."""

    customer_id: str
    rank: int
    as_of: str
    model_version: str
    currency: str
    basis: str
    horizon_days: int
    scores: dict[str, str | float | bool | None]
    reasons: list[str]
    rule: str
    advice: str
    human_review_required: bool
    lifetime_value: dict[str, float | int | None] = Field(description="value, low and high of its interval")
    purchases: dict[str, str | float | int | None]
    contact: dict[str, str | float | bool | None]
    history: list[dict[str, str | float | int | None]] = Field(description="each list, oldest first")


class ListPage(BaseModel):
    """A page of the risk list, best call first unless sorted otherwise."""

    as_of: str | None
    horizon_days: int | None
    currency: str | None
    basis: str | None
    model_version: str | None
    customers: list[dict[str, str | float | int | bool | None]]
    next: str | None = Field(description="cursor of the next page; null on the last one")


class ModelCard(BaseModel):
    """Who answers for the models, what they were judged by, and what they need."""

    model_version: str
    card: dict[str, Any]
    tasks: dict[str, Any]
    features: list[dict[str, str]] = Field(description="what a feature row must hold")
    transactions: dict[str, str] = Field(description="role → column of transactions")


class Health(BaseModel):
    """A sign of life."""

    status: Literal["ok"]


class ProblemDetails(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = Field(
        None, description="pointer into the request, and what is wrong"
    )
