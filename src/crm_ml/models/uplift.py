"""Whom a contact changes: the difference between being contacted and being left alone."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from crm_ml.base.exceptions import InputError
from crm_ml.models.balance import imbalance, imbalance_limit
from crm_ml.models.boosting import LightGBMClassifier, LightGBMRegressor
from crm_ml.models.estimator import Learned, PartsEstimator, Training
from crm_ml.models.matrix import Floats, feature_names, read_matrix
from crm_ml.models.parts import Parts

__all__ = ["UpliftModel"]


class UpliftModel(PartsEstimator):
    """A T-learner: one LightGBM model for the contacted, one for the others, and their difference.

    An outcome of yes or no gives a difference of probabilities, an amount a difference of means. It is an
    effect of the contact only when contacts were assigned at random (Künzel e.a. 2019, PNAS 116). Whether
    they were is asked of the features: when they predict who was contacted, the fit is refused unless
    ``randomised=False`` says that this is known.

    Parameters
    ----------
    min_leaf : int
        Fewest customers in a leaf; differences are noisier than levels, so leaves are large.
    num_leaves : int
        Leaves a tree.
    randomised : bool
        Whether contacts must look randomly assigned.
    n_jobs : int
        Threads.
    random_state : int
        Seed.

    Attributes
    ----------
    assignment_z_ : float
        Largest standardised difference of a feature between the arms, in standard errors.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"loyal": rng.integers(0, 2, 4000)})
    >>> contacted = pd.Series(rng.random(4000) < 0.5)
    >>> bought = rng.random(4000) < 0.2 + 0.3 * contacted * X["loyal"]
    >>> model = UpliftModel().fit(X, bought, contacted=contacted)
    >>> model.predict(pd.DataFrame({"loyal": [0, 1]})).round(1)
    array([0. , 0.3])
    """

    kind: ClassVar[str] = "uplift"

    def __init__(
        self,
        *,
        min_leaf: int = 200,
        num_leaves: int = 8,
        randomised: bool = True,
        n_jobs: int = 1,
        random_state: Any = 0,
    ) -> None:
        self.min_leaf = min_leaf
        self.num_leaves = num_leaves
        self.randomised = randomised
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Any, *, contacted: Any) -> Self:
        """Fit on a campaign.

        Parameters
        ----------
        X : DataFrame of shape (n, p)
            Features as of the day before the campaign.
        y : array-like of shape (n,)
            Whether the customer did what the campaign wanted (two values), or an amount.
        contacted : array-like of bool, shape (n,)

        Raises
        ------
        InputError
            When an arm is empty or all alike, or when contacts were not assigned at random.
        """
        names, matrix = feature_names(X), read_matrix(X, None, estimator=self)
        arm, outcome = np.asarray(contacted, dtype=bool), np.asarray(y, dtype=float)
        if not (len(arm) == len(outcome) == len(matrix)):
            raise InputError(
                "X, y and contacted differ in length", got=f"{len(matrix)}, {len(outcome)}, {len(arm)}"
            )
        if arm.all() or not arm.any():
            raise InputError(
                "uplift needs customers with and without the contact", got=f"{arm.mean():.0%} contacted"
            )
        z = float(np.abs(imbalance(matrix, arm)).max(initial=0.0))
        if self.randomised and z > imbalance_limit(matrix.shape[1]):
            raise InputError(
                "contacts were not assigned at random, so differences are no effects",
                got=f"a feature differs by {z:.1f} standard errors between the arms",
                do="use contact_value, or randomised=False when you know better",
            )
        shown = names or [f"x{j}" for j in range(matrix.shape[1])]
        technique = LightGBMClassifier if np.isin(outcome, (0.0, 1.0)).all() else LightGBMRegressor
        children = {
            name: technique(**self._options()).fit(X[rows], outcome[rows]).to_parts()
            for name, rows in (("contacted", arm), ("alone", ~arm))
        }
        training = Training(matrix, outcome, np.ones(len(matrix)), shown, [], None)
        self._finish(training, Learned.of(facts={"assignment_z": z}, children=children), names is not None)
        return self

    def predict(self, X: Any) -> Floats:
        """Return what the contact adds: expected outcome with it minus without it, shape (n,)."""
        return self.predict_contacted(X) - _expected(self._alone, self._matrix(X))

    def predict_contacted(self, X: Any) -> Floats:
        """Return the expected outcome of customers who are contacted: who responds, contact or not."""
        return _expected(self._contacted, self._matrix(X))

    def _options(self) -> dict[str, Any]:
        names = ("min_leaf", "num_leaves", "n_jobs", "random_state")
        return {name: getattr(self, name) for name in names}

    def _wake(self) -> None:
        self._contacted = _awake(self.parts_.children["contacted"])
        self._alone = _awake(self.parts_.children["alone"])
        self.assignment_z_ = float(self.parts_.settings["assignment_z"])


def _awake(parts: Parts) -> LightGBMClassifier | LightGBMRegressor:
    known = {one.kind: one for one in (LightGBMClassifier, LightGBMRegressor)}
    return known[parts.kind].from_parts(parts)


def _expected(model: LightGBMClassifier | LightGBMRegressor, matrix: Floats) -> Floats:
    return model._proba(matrix)[:, 1] if isinstance(model, LightGBMClassifier) else model._value(matrix)
