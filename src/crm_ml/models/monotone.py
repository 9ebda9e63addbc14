"""Which features may push an answer one way only: nobody believes "waited longer, so likelier to buy"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
from scipy.stats import rankdata

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice, nearest
from crm_ml.models.estimator import Training
from crm_ml.models.matrix import Floats

__all__ = ["ONE_WAY", "Monotone", "directions"]

Monotone: TypeAlias = Mapping[str, int] | Literal["auto"] | None

#: Silence on the one side, purchases and money on the other.
ONE_WAY = (
    *("recency_days", "overdue_ratio"),
    *("purchase_days", "frequency", "repeat_rate", "orders"),
    *("orders_30d", "orders_90d", "orders_180d", "orders_12m"),
    *("revenue", "revenue_30d", "revenue_90d", "revenue_180d", "revenue_12m"),
)
# Share of pairs (AUC less one half) in which a feature must tell before its direction counts as known.
_CLEAR = 0.1
_ENOUGH = 100  # rows on either side: a handful tells clearly by chance


def directions(monotone: Monotone, training: Training, happened: Any) -> dict[str, int]:
    """Return feature → +1 or −1, as asked or as sense and data agree.

    Parameters
    ----------
    monotone : mapping, "auto" or None
        Asked for; ``"auto"`` takes the features of :data:`ONE_WAY` that tell clearly in one direction, so
        that a base where the longest silent come back is not forced into the usual mould.
    training : Training
        The rows.
    happened : ndarray of shape (n,)
        0 or 1: the outcome that directions are meant for; all alike where there is none.

    Raises
    ------
    InputError
        When a name or a direction is wrong.
    """
    if monotone is None:
        return {}
    if isinstance(monotone, str):
        check_choice(monotone, ("auto",), what="monotone")
        return _clear_ones(training, np.asarray(happened) > 0)
    for name, direction in monotone.items():
        if name not in training.names:
            near = nearest(name, training.names)
            hint = f"did you mean {near}?" if near else None
            raise InputError("unknown feature in monotone", got=repr(name), do=hint)
        if direction not in (-1, 0, 1):
            raise InputError("a monotone direction is -1, 0 or 1", got=f"{name}: {direction}")
    return {name: int(direction) for name, direction in monotone.items()}


def _clear_ones(training: Training, happened: Any) -> dict[str, int]:
    found = {}
    for place, name in enumerate(training.names):
        if name in ONE_WAY:
            told = _auc(training.X[:, place], happened, training.weight) - 0.5
            if abs(told) > _CLEAR:
                found[name] = 1 if told > 0 else -1
    return found


def _auc(feature: Floats, happened: Any, weight: Floats) -> float:
    """Return P(feature is larger where it happened), ties half; 0.5 where one side is hardly there."""
    seen = np.isfinite(feature)
    feature, happened, weight = feature[seen], happened[seen], weight[seen]
    mass, other = weight[happened].sum(), weight[~happened].sum()
    if min(happened.sum(), (~happened).sum()) < _ENOUGH or not (mass > 0 and other > 0):
        return 0.5
    place = rankdata(feature, method="dense") - 1
    against = np.bincount(place, weights=weight * ~happened)
    below = np.cumsum(against) - against / 2
    return float(weight[happened] @ below[place[happened]] / (mass * other))
