"""From rows of a snapshot to probabilities, money and lifetime value: numbers in, numbers out.

One scale for everybody: ``p_stopped`` comes from the model of stopping, which is fitted and proved on all
customers. For the established the three-class model says how likely somebody who stays buys less, so that
``p_stopped + p_drying_up + P(stays) = 1``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_ml.base.exceptions import BundleError
from crm_ml.evaluation.baselines import baseline_from_parts
from crm_ml.models.base import Model
from crm_ml.models.btyd import btyd_columns
from crm_ml.models.catalog import from_parts
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.prediction.bundle import Bundle
from crm_ml.prediction.snapshot import ESTABLISHED

__all__ = ["SCORES", "Models", "restore_models", "rule_words", "score_rows"]

SCORES = (
    "p_stopped",
    "p_drying_up",
    "p_at_risk",
    "expected_spend",
    "expected_purchases",
    "clv",
    "clv_low",
    "clv_high",
    "score_basis",
)
_DRIES, _STAYS = "dries_up", "stays"


@dataclass(frozen=True)
class Models:
    """The fitted models of a bundle, ready to predict.

    Parameters
    ----------
    champions : mapping
        Task → model, for the tasks that have a champion.
    roles : mapping
        Task → ``"model"`` or ``"baseline"``.
    rule_list : Model, optional
        Names the rule that fired.
    lifetime_value : LifetimeValue, optional
        Purchases and value by BTYD.
    """

    champions: Mapping[str, Model]
    roles: Mapping[str, str]
    rule_list: Any = None
    lifetime_value: LifetimeValue | None = None


def restore_models(bundle: Bundle) -> Models:
    """Make models of the parts of a bundle; runs no code from it."""
    champions, roles = {}, {}
    for task, facts in bundle.facts["tasks"].items():
        name = facts.get("champion")
        if name:
            champions[task] = _restore(bundle, task, name)
            roles[task] = facts["role"]
    rules = ("stopped", "rule_list")
    return Models(
        champions,
        roles,
        _restore(bundle, *rules) if rules in bundle.models else None,
        LifetimeValue.from_dict(bundle.lifetime_value) if bundle.lifetime_value else None,
    )


def score_rows(models: Models, rows: pd.DataFrame, facts: Mapping[str, Any]) -> pd.DataFrame:
    """Return the scores of every row.

    Parameters
    ----------
    models : Models
        From :func:`restore_models`.
    rows : DataFrame
        From :func:`crm_ml.prediction.snapshot.take_snapshot`.
    facts : mapping
        The facts of the bundle.

    Returns
    -------
    DataFrame
        Columns :data:`SCORES`, index of `rows`; missing where a number cannot be had.
    """
    value = _lifetime_value(models.lifetime_value, rows, facts)
    stopped, basis = _stopped(models, value, facts, rows)
    drying, basis = _drying_up(models, stopped, basis, rows)
    scores = pd.DataFrame({"p_stopped": stopped, "p_drying_up": drying}, index=rows.index)
    scores["p_at_risk"] = np.minimum(stopped + np.nan_to_num(drying), 1.0)
    scores["expected_spend"] = _expected_spend(models, value, rows)
    for name in ("expected_purchases", "clv", "clv_low", "clv_high"):
        scores[name] = value[name]
    scores["score_basis"] = basis
    return scores[list(SCORES)]


def _restore(bundle: Bundle, task: str, name: str) -> Model:
    parts = bundle.models.get((task, name))
    if parts is None:
        raise BundleError(f"the bundle names {name} for {task} and does not hold it", do="export it again")
    return baseline_from_parts(parts) or from_parts(parts)


def _stopped(
    models: Models, value: pd.DataFrame, facts: Mapping[str, Any], rows: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    champion: Any = models.champions.get("stopped")
    if champion is not None:
        positive = list(champion.classes_).index(True)
        once = np.where(rows["purchase_days"].to_numpy() <= 1, "bought_once", "few_purchases")
        basis = np.where(rows[ESTABLISHED], models.roles["stopped"], once)
        return champion.predict_proba(rows)[:, positive], basis
    if models.lifetime_value is not None:
        return value["probability_no_purchase"].to_numpy(), np.full(len(rows), "btyd", dtype=object)
    rate = facts.get("base_rate")
    rate = np.nan if rate is None else float(rate)
    return np.full(len(rows), rate), np.full(len(rows), "base_rate", dtype=object)


def _drying_up(
    models: Models, stopped: np.ndarray, basis: np.ndarray, rows: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Return P(dries up) of the established, and say on the others why there is none."""
    drying = np.full(len(rows), np.nan)
    champion: Any = models.champions.get("at_risk")
    established = rows[ESTABLISHED].to_numpy(dtype=bool)
    if champion is None:
        model_scored = np.isin(basis, ("model", "baseline"))
        return drying, np.where(model_scored, "no_drying_up_model", basis)
    if established.any():
        # A class that nobody had in training is none of the model's classes: it gets no chance.
        shares = dict.fromkeys((_DRIES, _STAYS), np.zeros(established.sum()))
        shares |= dict(zip(champion.classes_, champion.predict_proba(rows[established]).T, strict=True))
        still_buying = shares[_DRIES] + shares[_STAYS]
        less = np.divide(
            shares[_DRIES], still_buying, out=np.zeros(established.sum()), where=still_buying > 0
        )
        drying[established] = (1.0 - stopped[established]) * less
    return drying, basis


def _expected_spend(models: Models, value: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    champion: Any = models.champions.get("value")
    if champion is not None:
        return np.asarray(np.maximum(champion.predict(rows), 0.0))
    return np.asarray(value["expected_spend"].to_numpy())


def _lifetime_value(
    model: LifetimeValue | None, rows: pd.DataFrame, facts: Mapping[str, Any]
) -> pd.DataFrame:
    """Return what BTYD says of the label horizon and of the lifetime horizon."""
    settings = facts["clv"]
    names = ("probability_no_purchase", "expected_purchases", "expected_spend", "clv", "clv_low", "clv_high")
    if model is None:
        return pd.DataFrame(np.nan, index=rows.index, columns=list(names))
    summary = rows[btyd_columns(rows)]
    near = model.predict(summary, horizon_days=facts["horizon_days"], discount_rate=0.0, interval=None)
    far = model.predict(
        summary,
        horizon_days=settings["horizon_days"],
        discount_rate=settings["discount_rate"],
        interval=settings["interval"],
    )
    worth: Any = 1.0
    if model.value_ is not None:  # no expected value in a log with amounts: every purchase was worth nothing
        worth = near["expected_value"].fillna(0.0)
        far = far.fillna(dict.fromkeys(names[-3:], 0.0))
    return near.assign(
        expected_spend=near["expected_purchases"] * worth, **{name: far[name] for name in names[-3:]}
    )


def rule_words(models: Models, rows: pd.DataFrame, language: str = "en") -> pd.Series:
    """Return in words the rule that fired for every row; empty without a rule list."""
    if models.rule_list is None:
        return pd.Series("", index=rows.index, dtype="str")
    rules = getattr(models.rule_list, "model", models.rule_list)  # calibration changes no rule
    fired: pd.DataFrame = rules.rule_of(rows, language)
    return fired["text"].astype("str")
