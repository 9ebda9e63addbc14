"""Scores of a campaign's customers by models that have not seen them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.evaluation.metrics import Floats
from crm_ml.evaluation.uplift_settings import UpliftSettings
from crm_ml.models.uplift import UpliftModel

__all__ = ["cross_fitted", "enough_for_uplift", "fitted"]

Arm = npt.NDArray[np.bool_]


def cross_fitted(
    X: pd.DataFrame, y: Floats, contacted: Arm, settings: UpliftSettings | None = None, seed: int = 0
) -> pd.DataFrame:
    """Return what models of the other folds say of every customer.

    Arm and outcome are spread evenly over the folds: otherwise a fold that reacted well by chance would be
    scored by models of folds that reacted badly, and the ranking would seem worse than it is.

    Parameters
    ----------
    X : DataFrame of shape (n, p)
        Features from before the contact.
    y : ndarray of shape (n,)
        Outcome: 0 or 1, or money.
    contacted : ndarray of bool, shape (n,)
    settings : UpliftSettings, optional
        Defaults when not given.
    seed : int
        Of the folds and the models.

    Returns
    -------
    DataFrame
        Index of X; ``uplift`` (what the contact adds) and ``response`` (expected outcome of who is contacted:
        the classic ranking by who buys anyway).
    """
    from sklearn.model_selection import StratifiedKFold

    chosen = settings or UpliftSettings()
    strata = 2 * contacted.astype(int) + (y > 0)
    folds = StratifiedKFold(chosen.folds, shuffle=True, random_state=seed)
    made = np.empty((len(X), 2))
    for others, fold in folds.split(X, strata):
        model = fitted(X.iloc[others], y[others], contacted[others], chosen, seed)
        rows = X.iloc[fold]
        made[fold] = np.column_stack([model.predict(rows), model.predict_contacted(rows)])
    return pd.DataFrame(made, index=X.index, columns=["uplift", "response"])


def fitted(X: Any, y: Floats, contacted: Arm, settings: UpliftSettings, seed: int = 0) -> UpliftModel:
    """Return the model of a campaign whose assignment has been looked at before."""
    options = {"min_leaf": settings.min_leaf, "num_leaves": settings.num_leaves}
    model = UpliftModel(**options, randomised=False, random_state=seed)
    return model.fit(X, y, contacted=contacted)


def enough_for_uplift(y: Floats, contacted: Arm, settings: UpliftSettings | None = None) -> bool:
    """Return whether both arms hold customers and outcomes enough to fit a model a fold.

    Examples
    --------
    >>> arm = np.repeat([True, False], 500)
    >>> enough_for_uplift(np.zeros(1000), arm), enough_for_uplift(np.tile([1.0, 0.0], 500), arm)
    (False, True)
    """
    chosen = settings or UpliftSettings()
    arms = [y[contacted], y[~contacted]]
    least = min(min(int((one > 0).sum()), int((one <= 0).sum())) for one in arms)
    return min(map(len, arms)) >= chosen.least_arm and least >= chosen.least_outcomes
