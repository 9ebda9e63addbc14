"""From rows of a snapshot to probabilities, money and lifetime value: numbers in, numbers out.

One scale for everybody: ``p_stopped`` comes from the model of stopping, which is fitted and proved on all
customers. For the established the three-class model says how likely somebody who stays buys less, so that
``p_stopped + p_drying_up + P(stays) = 1``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from crm_ml.base.exceptions import BundleError
from crm_ml.evaluation.baselines import baseline_from_parts
from crm_ml.models.base import Model
from crm_ml.models.btyd import BTYD_COLUMNS, BTYD_VALUES
from crm_ml.models.catalog import from_parts
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.direct import amounts, features_of, probabilities
from crm_ml.prediction.bundle import Bundle
from crm_ml.prediction.feature_table import CONSTANT, FeatureTable
from crm_ml.prediction.snapshot import ESTABLISHED

__all__ = ["SCORES", "Models", "restore_models", "rule_words", "score_rows", "score_table"]

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
_OF_LIFETIME = ("expected_purchases", "clv", "clv_low", "clv_high")
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

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """Columns without which nothing can be scored."""
        features = (name for model in self.champions.values() for name in features_of(model))
        history = BTYD_COLUMNS if self.lifetime_value is not None else ()
        known = dict.fromkeys((*features, "purchase_days", ESTABLISHED, *history))
        return tuple(name for name in known if name != CONSTANT)

    @cached_property
    def may_read(self) -> tuple[str, ...]:
        """Columns that make the answer richer, where there are amounts."""
        values = () if self.lifetime_value is None else BTYD_VALUES
        return tuple(name for name in values if name not in self.reads)

    def asks_btyd(self, wanted: Collection[str]) -> bool:
        """Whether a purchase process has to answer for the scores that are wanted."""
        stands_in = "stopped" not in self.champions and self.lifetime_value is not None
        spends = "expected_spend" in wanted and "value" not in self.champions
        return stands_in or spends or not set(wanted).isdisjoint(_OF_LIFETIME)


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

    Raises
    ------
    ColumnError
        When a column that the models read is missing.
    """
    table = FeatureTable.of_frame(rows, models.reads, models.may_read)
    return pd.DataFrame(score_table(models, table, facts), index=rows.index)


def score_table(
    models: Models, table: FeatureTable, facts: Mapping[str, Any], wanted: Collection[str] = SCORES
) -> dict[str, np.ndarray]:
    """Return the scores that are wanted by name, one value a row; see :func:`score_rows`.

    Lifetime value with its interval costs more than all other scores together: who does not want it gets the
    others sooner.
    """
    value = _lifetime_value(models.lifetime_value, table, facts) if models.asks_btyd(wanted) else None
    stopped = _stopped(models, value, facts, table)
    scores: dict[str, Any] = {"p_stopped": stopped}
    if "p_drying_up" in wanted or "p_at_risk" in wanted:
        drying = _drying_up(models, stopped, table)
        scores |= {"p_drying_up": drying, "p_at_risk": np.minimum(stopped + np.nan_to_num(drying), 1.0)}
    if "score_basis" in wanted:
        scores["score_basis"] = _basis(models, table)
    if "expected_spend" in wanted:
        scores["expected_spend"] = _expected_spend(models, value, table)
    if value is not None:
        scores |= {name: value[name].to_numpy() for name in _OF_LIFETIME}
    return {name: scores[name] for name in SCORES if name in wanted}


def _restore(bundle: Bundle, task: str, name: str) -> Model:
    parts = bundle.models.get((task, name))
    if parts is None:
        raise BundleError(f"the bundle names {name} for {task} and does not hold it", do="export it again")
    return baseline_from_parts(parts) or from_parts(parts)


def _stopped(
    models: Models, value: pd.DataFrame | None, facts: Mapping[str, Any], table: FeatureTable
) -> np.ndarray:
    champion: Any = models.champions.get("stopped")
    if champion is not None:
        positive = list(champion.classes_).index(True)
        return probabilities(champion, table.matrix(features_of(champion)))[:, positive]
    if models.lifetime_value is not None and value is not None:
        return value["probability_no_purchase"].to_numpy()
    rate = facts.get("base_rate")
    return np.full(len(table), np.nan if rate is None else float(rate))


def _basis(models: Models, table: FeatureTable) -> np.ndarray:
    """Return what the chances of every customer rest on, and why some have no chance of drying up."""
    if "stopped" not in models.champions:
        return np.full(len(table), "base_rate" if models.lifetime_value is None else "btyd", dtype=object)
    role = models.roles["stopped"] if "at_risk" in models.champions else "no_drying_up_model"
    once = np.where(table["purchase_days"] <= 1, "bought_once", "few_purchases")
    return np.where(table[ESTABLISHED] == 1, role, once)


def _drying_up(models: Models, stopped: np.ndarray, table: FeatureTable) -> np.ndarray:
    """Return P(dries up) of the established; missing for the others."""
    drying = np.full(len(table), np.nan)
    champion: Any = models.champions.get("at_risk")
    established = table[ESTABLISHED] == 1
    if champion is not None and established.any():
        # A class that nobody had in training is none of the model's classes: it gets no chance.
        shares = dict.fromkeys((_DRIES, _STAYS), np.zeros(established.sum()))
        found = probabilities(champion, table.where(established).matrix(features_of(champion)))
        shares |= dict(zip(champion.classes_, found.T, strict=True))
        still_buying = shares[_DRIES] + shares[_STAYS]
        less = np.divide(
            shares[_DRIES], still_buying, out=np.zeros(established.sum()), where=still_buying > 0
        )
        drying[established] = (1.0 - stopped[established]) * less
    return drying


def _expected_spend(models: Models, value: pd.DataFrame | None, table: FeatureTable) -> np.ndarray:
    champion: Any = models.champions.get("value")
    if champion is not None:
        return np.asarray(np.maximum(amounts(champion, table.matrix(features_of(champion))), 0.0))
    return np.full(len(table), np.nan) if value is None else value["expected_spend"].to_numpy()


def _lifetime_value(
    model: LifetimeValue | None, table: FeatureTable, facts: Mapping[str, Any]
) -> pd.DataFrame:
    """Return what BTYD says of the label horizon and of the lifetime horizon."""
    settings = facts["clv"]
    names = ("probability_no_purchase", "expected_purchases", "expected_spend", "clv", "clv_low", "clv_high")
    if model is None or not len(table):
        return pd.DataFrame(np.nan, index=range(len(table)), columns=list(names))
    columns = [*BTYD_COLUMNS, *(name for name in BTYD_VALUES if name in table)]
    summary = pd.DataFrame(table.matrix(columns), columns=columns)
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
