"""The model card: who answers for the models, how good they are, what they need."""

from __future__ import annotations

from typing import Any

import pandas as pd
from fastapi import APIRouter, Request

from crm_ml.data.schema import ROLES
from crm_ml.features.catalogue import catalogue
from crm_ml.jobs.card import model_card
from crm_ml.prediction.predictor import Predictor
from crm_ml.web.answers import JsonAnswer, plain
from crm_ml.web.schemas import ModelCard
from crm_ml.web.service import service_of

__all__ = ["router"]

router = APIRouter(tags=["model"])


@router.get("/v1/model", response_model=ModelCard)
async def model(request: Request) -> JsonAnswer:
    """Return the card of the served bundle, and which features or columns a request must hold."""
    service = service_of(request)
    return JsonAnswer(await service.compute(lambda: _described(service.predictor)))


def _described(predictor: Predictor) -> dict[str, Any]:
    card = {label: _as_json(value) for label, value in model_card(predictor).items()}
    known = {spec.name: spec for spec in catalogue()}
    features = [
        {"name": name, "unit": known[name].unit, "meaning": known[name].meaning}
        if name in known
        else {"name": name}
        for name in predictor.models.reads
    ]
    mapping = predictor.facts["mapping"]
    return {
        "model_version": predictor.bundle.version,
        "card": card,
        "tasks": plain(predictor.facts["tasks"]),
        "features": features,
        "transactions": {one.name: str(mapping[one.name]) for one in ROLES if mapping.get(one.name)},
    }


def _as_json(value: Any) -> Any:
    return plain(value.to_dict("records") if isinstance(value, pd.DataFrame) else value)
