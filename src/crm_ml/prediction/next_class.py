"""The class that a customer will most likely have in the next period, and how likely it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crm_ml.analysis.accounts.whitney import ENDS_INVESTMENT
from crm_ml.models.direct import features_of, probabilities
from crm_ml.prediction.feature_table import FeatureTable
from crm_ml.prediction.scores import Models

__all__ = ["class_chances", "likeliest_class", "needs_review"]

_TASK = "segment"
_NO_RANKING = "base_rate"


def class_chances(models: Models, rows: pd.DataFrame, facts: Mapping[str, Any]) -> pd.DataFrame | None:
    """Return the probability of every class of the next period; None where nothing predicts it.

    Parameters
    ----------
    models : Models
        Of a bundle.
    rows : DataFrame
        Snapshot rows, index ``customer_id``.
    facts : mapping
        The facts of the bundle. Where only the base rate was left nobody's class is told: the largest class
        for everybody is no prediction.

    Returns
    -------
    DataFrame, optional
        A column a class that was seen in training; rows add up to 1.
    """
    champion: Any = models.champions.get(_TASK)
    if champion is None or facts["tasks"][_TASK]["champion"] == _NO_RANKING:
        return None
    names = features_of(champion)
    found = probabilities(champion, FeatureTable.of_frame(rows, names).matrix(names))
    return pd.DataFrame(found, index=rows.index, columns=champion.classes_)


def likeliest_class(chances: pd.DataFrame | None, rows: pd.DataFrame) -> dict[str, Any]:
    """Return the columns ``next_class`` and ``p_next_class`` of the list; empty where nothing is told.

    Examples
    --------
    >>> chances = pd.DataFrame({"large": [0.7, 0.2], "small": [0.3, 0.8]}, index=["a", "b"])
    >>> found = likeliest_class(chances, chances)
    >>> found["next_class"].tolist(), found["p_next_class"].tolist()
    (['large', 'small'], [0.7, 0.8])
    """
    if chances is None:
        empty = pd.Series("", index=rows.index, dtype="str")
        return {"next_class": empty, "p_next_class": np.full(len(rows), np.nan)}
    matrix = chances.to_numpy()
    best = matrix.argmax(axis=1)
    classes = pd.Series(chances.columns.to_numpy(dtype=object)[best], index=rows.index, dtype="str")
    return {"next_class": classes, "p_next_class": matrix[np.arange(len(best)), best]}


def needs_review(next_class: pd.Series) -> pd.Series:
    """Return whether a predicted action ends or lowers an investment in somebody: a person decides.

    Examples
    --------
    >>> needs_review(pd.Series(["keep_and_invest", "contribution_too_small"])).tolist()
    [False, True]
    """
    return next_class.isin(ENDS_INVESTMENT)
