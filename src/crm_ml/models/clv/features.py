"""Outputs of buy-till-you-die models as features for other models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import NotFittedError

from crm_ml.base.exceptions import BundleError, ColumnError
from crm_ml.base.validation import check_positive
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.mbg_nbd import MBGNBD
from crm_ml.models.clv.rows import Array, read_column

__all__ = ["BTYDFeatures"]


class BTYDFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Make columns of a purchase and value model from `frequency, t_x, T` and `monetary_value`.

    Fitted once, on the earliest training snapshot, and frozen: later snapshots and scoring use the same
    parameters.

    Parameters
    ----------
    model : LifetimeValue, optional
        What to fit; MBG/NBD with gamma-gamma when not given.
    horizon_days : float
        Horizon of the expectations.

    Examples
    --------
    >>> X = pd.DataFrame({"frequency": [0, 1, 4, 0], "t_x": [0, 30, 80, 0], "T": [90, 90, 90, 20]})
    >>> BTYDFeatures(horizon_days=90).fit_transform(X).columns.tolist()
    ['btyd_p_no_purchase', 'btyd_p_alive', 'btyd_expected_purchases', 'btyd_expected_value']
    """

    columns: ClassVar[tuple[str, ...]] = (
        "btyd_p_no_purchase",
        "btyd_p_alive",
        "btyd_expected_purchases",
        "btyd_expected_value",
    )

    model_: LifetimeValue

    def __init__(self, model: LifetimeValue | None = None, *, horizon_days: float = 90) -> None:
        self.model = model
        self.horizon_days = horizon_days

    def fit(self, X: pd.DataFrame, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Fit the model on the rows with a complete history.

        Raises
        ------
        ColumnError
            When `frequency`, `t_x` or `T` is missing.
        """
        check_positive(self.horizon_days, what="horizon_days")
        summary, usable = _summary_of(X)
        weights = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)[usable]
        model = LifetimeValue(MBGNBD()) if self.model is None else clone(self.model)
        self.model_ = model.fit(summary[usable], sample_weight=weights)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the columns for each row of X; missing where the history is incomplete.

        `btyd_expected_value` is the expected spend within the horizon, missing without amounts.
        """
        if not hasattr(self, "model_"):
            raise NotFittedError("these BTYDFeatures are not fitted yet – call fit(X) first")
        summary, usable = _summary_of(X)
        result = pd.DataFrame(np.nan, index=X.index, columns=list(self.columns))
        if usable.any():
            made = self.model_.predict(
                summary[usable], horizon_days=self.horizon_days, discount_rate=0.0, interval=None
            )
            names = ["probability_no_purchase", "probability_alive", "expected_purchases", "clv"]
            result.loc[usable] = made[names].to_numpy()
        return result

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the names of the columns made."""
        return np.array(self.columns, dtype=object)

    def to_dict(self) -> dict[str, Any]:
        """Return horizon and fitted model as plain JSON values."""
        return {
            "kind": type(self).__name__,
            "horizon_days": float(self.horizon_days),
            "model": self.model_.to_dict(),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted transformer of :meth:`to_dict`.

        Raises
        ------
        BundleError
            When something else was stored.
        """
        if stored.get("kind") != cls.__name__ or not {"horizon_days", "model"} <= set(stored):
            raise BundleError(f"this is not a stored {cls.__name__}", got=sorted(stored))
        made = cls(horizon_days=float(stored["horizon_days"]))
        made.model_ = LifetimeValue.from_dict(stored["model"])
        return made


def _summary_of(X: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Return the history columns of a feature table, and which rows hold a possible history."""
    columns: dict[str, Array] = {}
    for name in ("frequency", "t_x", "T"):
        values = read_column(X, name)
        if values is None:
            raise ColumnError(
                f"the features have no column {name!r}",
                got=f"{X.shape[1]} columns",
                do="keep frequency, t_x and T among the features",
            )
        columns[name] = values
    for name in ("monetary_value", "first_value"):
        money = read_column(X, name)
        if money is not None:
            columns[name] = money
    x, t_x, T = columns["frequency"], columns["t_x"], columns["T"]
    with np.errstate(invalid="ignore"):
        usable = (
            (x >= 0) & (x == np.floor(x)) & (t_x >= 0) & (t_x <= T) & np.isfinite(T) & ((x > 0) | (t_x == 0))
        )
    return pd.DataFrame(columns, index=X.index), usable
