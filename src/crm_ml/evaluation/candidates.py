"""One recipe to fit a technique on a panel, the same in training, in a backtest and at the last refit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pandas as pd

from crm_ml.base.notes import Note, model_name
from crm_ml.evaluation.baselines import make_baseline
from crm_ml.evaluation.panel import Panel
from crm_ml.models.base import Classifier, Model
from crm_ml.models.btyd import BTYD_COLUMNS
from crm_ml.models.calibration import calibrate
from crm_ml.models.catalog import CLASSIFIERS, REGRESSORS, align, make_model
from crm_ml.models.level import level

__all__ = ["MOST_ROWS", "able_to_learn", "can_learn", "fit_baseline", "fit_candidate"]

#: Techniques with a purchase process inside: they take the horizon and need the features it is made of.
_PURCHASE_PROCESSES = ("btyd", "value_blend")

#: Techniques that people read: they get no column that is itself the answer of a model.
READABLE = ("decision_tree", "rule_list")

#: Rows that a technique learns from by default: more cost time and hardly move a ranking.
MOST_ROWS = 60_000


def can_learn(technique: str, kind: str) -> bool:
    """Return whether a technique has a model for that kind of task.

    Examples
    --------
    >>> can_learn("btyd", "binary"), can_learn("btyd", "multiclass")
    (True, False)
    """
    if kind == "regression":
        return technique in REGRESSORS
    return technique in CLASSIFIERS and not (technique == "btyd" and kind == "multiclass")


def able_to_learn(
    techniques: Iterable[str],
    kind: str,
    features: Collection[str],
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[list[str], tuple[str, ...]]:
    """Return the techniques that can learn a task from some features, and why others were left out.

    Techniques that have no model for the kind of task are no surprise: nothing is said of them.

    Parameters
    ----------
    techniques : iterable of str
        What a config names.
    kind : {"binary", "multiclass", "regression"}
        Kind of the task.
    features : collection of str
        Columns of the panel.
    settings : mapping, optional
        Technique → own arguments; a blend may name a purchase process as member.

    Examples
    --------
    >>> able_to_learn(["lightgbm", "btyd"], "binary", ["recency_days", "t_x", "T"])
    (['lightgbm'], ('btyd was left out: the chosen features lack frequency',))
    """
    able, left_out = [], []
    lacking = [name for name in BTYD_COLUMNS if name not in features]
    for technique in techniques:
        members = (technique, *(settings or {}).get(technique, {}).get("models", ()))
        if not can_learn(technique, kind):
            continue
        if lacking and not set(members).isdisjoint(_PURCHASE_PROCESSES):
            left_out.append(
                Note("proof.lacking", {"technique": model_name(technique), "features": ", ".join(lacking)})
            )
        else:
            able.append(technique)
    return able, tuple(left_out)


def fit_candidate(
    technique: str,
    train: Panel,
    later: Panel | None,
    *,
    horizon_days: int,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    most_rows: int = MOST_ROWS,
    hidden: Iterable[str] = (),
) -> Model:
    """Fit a technique on training snapshots and calibrate it on a later one.

    Parameters
    ----------
    technique : str
        A name of :data:`crm_ml.models.catalog.CLASSIFIERS` or ``REGRESSORS``.
    train : Panel
        Training snapshots; rows without a label are left out.
    later : Panel, optional
        A later snapshot for the probabilities; without it they stay as fitted.
    horizon_days : int
        Length of the label period.
    seed : int
        Seed of techniques that draw.
    settings : mapping, optional
        Own arguments of the technique.
    most_rows : int
        Beyond it a technique learns from randomly drawn customers.
    hidden : iterable of str
        Columns of the panel that are there for the baselines only.

    Returns
    -------
    Model
        Fitted; classifiers are calibrated where the later snapshot holds every class, regressors are scaled
        to its level.
    """
    regression = train.task.kind == "regression"
    arguments = dict(settings or {})
    if technique in _PURCHASE_PROCESSES:
        arguments.setdefault("horizon_days", horizon_days)
    model: Any = make_model(
        technique, kind="regressor" if regression else "classifier", seed=seed, **arguments
    )
    drawn = train.labelled().at_most(most_rows, seed)
    X, y = align(drawn.X, drawn.y)
    model.fit(X.drop(columns=[*hidden, *(_unreadable(X) if technique in READABLE else [])]), y)
    if later is None:
        return model  # type: ignore[no-any-return]
    rows, labels = align(later.X, later.y)
    return level(model, rows, labels) if regression else _calibrated(model, rows, labels)


def _unreadable(X: pd.DataFrame) -> list[str]:
    return [str(name) for name in X if str(name).startswith("btyd_")]


def fit_baseline(name: str, train: Panel) -> Model:
    """Fit one of the baselines that every model must beat.

    Raises
    ------
    InputError
        When the name is unknown.
    """
    kind = "regressor" if train.task.kind == "regression" else "classifier"
    baseline: Any = make_baseline(name, kind=kind)  # type: ignore[arg-type]
    return baseline.fit(*align(train.X, train.y))  # type: ignore[no-any-return]


def _calibrated(model: Classifier, rows: pd.DataFrame, labels: pd.Series) -> Classifier:
    if set(labels) != set(model.classes_.tolist()):
        return model  # a class that the later snapshot lacks cannot be calibrated on it
    return calibrate(model, rows, labels)
