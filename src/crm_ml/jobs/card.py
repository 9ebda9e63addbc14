"""The model card: who answers for the models, what they know, and what they were judged by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from crm_ml.base.formats import format_share
from crm_ml.base.notes import said
from crm_ml.base.texts import text
from crm_ml.prediction.columns import value_label
from crm_ml.prediction.predictor import Predictor

__all__ = ["model_card"]

_RATES = ("group", "n", "base_rate", "forecast", "selected", "ratio", "missed", "false_alarm", "auc")


def model_card(predictor: Predictor, language: str = "en") -> dict[str, Any]:
    """Return the card of a bundle: label → text, number, list or table, in reading order.

    Parameters
    ----------
    predictor : Predictor
        The opened bundle.
    language : {"en", "nl"}
        Language of the rules; labels are translated where the card is shown.
    """
    facts = predictor.facts
    data = facts["data"]
    card = {
        "model_version": predictor.bundle.version,
        **{name: value for name, value in facts["card"].items() if name != "owner_required" and value},
        "cutoff": facts["cutoff"],
        "horizon_days": facts["horizon_days"],
        "models": {task: _champion(one, language) for task, one in facts["tasks"].items()},
        "rules": _rules(predictor, language),
        "chance": _chance(predictor, language),
        "fairness": _treatment(facts.get("fairness", {})),
        "features": list(facts["features"]),
        "data": {**data["counts"], "first day": data["days"][0], "last day": data["days"][1]},
        "quality": pd.DataFrame(facts["findings"]),
        "fingerprint": data["fingerprint"],
        "excluded": list(facts["privacy"]["extra_forbidden"]),
        "seed": facts["seed"],
        "versions": dict(facts["versions"]),
    }
    return {label: value for label, value in card.items() if not _is_empty(value)}


def _champion(task: Mapping[str, Any], language: str) -> str:
    return f"{task['champion'] or '–'}: {said(task['reason'], language)}"


def _rules(predictor: Predictor, language: str) -> pd.DataFrame | None:
    model = predictor.models.rule_list
    if model is None:
        return None
    frame: pd.DataFrame = getattr(model, "model", model).rules_.to_frame(language)
    return frame


def _chance(predictor: Predictor, language: str) -> dict[str, str]:
    levels = {}
    for comparison in predictor.bundle.evidence:
        for state in ("stops", "dries_up", "at_risk"):
            found = comparison["chance"].get(state)
            if found and found["observed"] is not None:
                shares = {name: format_share(found[name], language) for name in ("observed", "chance")}
                levels[value_label("state", state, language)] = text("card.chance_level", language, **shares)
    return levels


def _treatment(audits: Mapping[str, Any]) -> pd.DataFrame | None:
    """Return error and selection rates by group of every audited attribute."""
    tables = [
        pd.DataFrame(found["groups"]).assign(attribute=name)
        for name, found in audits.items()
        if found["groups"]
    ]
    if not tables:
        return None
    table = pd.concat(tables, ignore_index=True)
    return table[["attribute", *(name for name in _RATES if name in table)]]


def _is_empty(value: Any) -> bool:
    return value is None or (hasattr(value, "__len__") and len(value) == 0)
