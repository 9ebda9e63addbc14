"""Scores on request: feature rows, or raw transactions of one or many customers."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from crm_ml.web import scoring
from crm_ml.web.answers import JsonAnswer
from crm_ml.web.errors import Problem
from crm_ml.web.schemas import ScoreRequest, Scores
from crm_ml.web.service import Service, service_of

__all__ = ["router"]

router = APIRouter(tags=["scores"])


@router.post("/v1/score", response_model=Scores)
async def score(body: ScoreRequest, request: Request) -> JsonAnswer:
    """Score feature rows (as `/v1/model` lists them), or transactions in the columns of the training.

    Own columns of the training can be sent as features only. The usual spend of transactions is measured on
    what was sent: the market trend of a whole base is not known here.
    """
    service = service_of(request)
    count = len(body.rows or body.transactions or ())
    if count > service.limits.max_rows:
        raise Problem(413, f"a request holds at most {service.limits.max_rows:,} rows, this one {count:,}")
    answer = _answer(service, body) if scoring.quick_enough(body) else await _slowly(service, body)
    service.metrics.rows += len(answer["scores"])
    return JsonAnswer(answer)


async def _slowly(service: Service, body: ScoreRequest) -> dict[str, Any]:
    return await service.compute(lambda: _answer(service, body))


def _answer(service: Service, body: ScoreRequest) -> dict[str, Any]:
    predictor = service.predictor
    more: dict[str, Any] = {}
    if body.transactions is not None:
        scores, more["input"] = scoring.score_transactions(predictor, body)
        more["as_of"] = body.as_of and body.as_of.isoformat()
    elif body.rows is not None and len(body.rows) == 1 and not body.explain:
        scores = [scoring.score_one(predictor, body.rows[0], body.scores)]
    else:
        scores = scoring.score_features(predictor, body)
    return scoring.described(predictor, scoring.hidden(scores, service.pseudonym_key), more)
