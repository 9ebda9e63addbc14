"""Forecasts of money whose sum comes true: a fitted regressor scaled to the level of a later snapshot.

A value model learns on young customers and is asked about older ones; its ranking carries over, its level
does not. One factor, the later sum of what was spent over the sum of what was forecast, mends the level and
leaves the ranking alone.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from crm_ml.models.base import Learned, Regressor, Training
from crm_ml.models.matrix import Floats
from crm_ml.models.parts import Parts

__all__ = ["LevelledRegressor", "level", "scaled"]

_LIMITS = (0.2, 5.0)  # a factor beyond these speaks of another kind of data, not of another level


def level(model: Regressor, X_later: Any, y_later: Any) -> LevelledRegressor:
    """Scale a fitted regressor to a later snapshot.

    Parameters
    ----------
    model : Regressor
        Fitted on earlier snapshots; it stays as it is.
    X_later, y_later : DataFrame and amounts
        Rows that the model was not fitted on.

    Returns
    -------
    LevelledRegressor

    Examples
    --------
    >>> from crm_ml.models.linear import LinearRegressor
    >>> X = np.array([[1.0], [2.0], [4.0], [8.0]])
    >>> model = LinearRegressor().fit(X, [10.0, 20.0, 40.0, 80.0])
    >>> level(model, X, [5.0, 10.0, 20.0, 40.0]).factor_.round(3)
    np.float64(0.5)
    """
    return LevelledRegressor(model).fit(X_later, y_later)


def scaled(model: Regressor, factor: float) -> LevelledRegressor:
    """Return a fitted regressor times a factor; what was levelled before stays so.

    Examples
    --------
    >>> from crm_ml.models.linear import LinearRegressor
    >>> X = np.array([[1.0], [2.0], [4.0], [8.0]])
    >>> model = LinearRegressor().fit(X, [10.0, 20.0, 40.0, 80.0])
    >>> scaled(scaled(model, 0.5), 3.0).factor_
    np.float64(1.5)
    """
    levelled = isinstance(model, LevelledRegressor)
    result = LevelledRegressor(model.model if levelled else model)
    result._hold(float(factor * (model.factor_ if levelled else 1.0)))
    return result


class LevelledRegressor(Regressor):
    """A fitted regressor times a factor; made by `level` and `scaled`.

    Parameters
    ----------
    model : Regressor
        Fitted.

    Attributes
    ----------
    factor_ : float
        From `level`: Σ observed ÷ Σ forecast on the later snapshot, between 0.2 and 5; 1 when nothing was
        forecast.
    """

    kind: ClassVar[str] = "levelled"

    def __init__(self, model: Regressor) -> None:
        self.model = model

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn the factor."""
        forecast = self.model.predict(X)
        _, amounts, weight, _, _ = self._read(X, y, sample_weight)
        total = float(weight @ np.maximum(forecast, 0.0))
        observed = float(weight @ np.asarray(amounts, dtype=np.float64))
        self._hold(float(np.clip(observed / total, *_LIMITS)) if total > 0 else 1.0)
        return self

    def _hold(self, factor: float) -> None:
        parts = self.model.to_parts()
        settings = {**{key: parts.settings[key] for key in ("features", "named", "classes")}, "params": {}}
        self._restore(Parts(self.kind, {**settings, "factor": factor}, {}, {}, {"model": parts}))

    @classmethod
    def from_parts(cls, parts: Parts) -> Self:
        """Return the fitted model that the parts describe."""
        from crm_ml.models.catalog import from_parts

        inside: Any = from_parts(parts.children["model"])
        levelled = cls(inside)
        levelled._restore(parts)
        return levelled

    def predict(self, X: Any) -> Floats:
        """Return the forecast of the model inside times the factor, shape (n,)."""
        return np.asarray(self.model.predict(X) * self.factor_)

    def contributions(self, X: Any, target: Any = None) -> Floats:
        """Return the contributions of the model inside: a factor changes no explanation."""
        return self.model.contributions(X, target)

    def margin(self, X: Any, target: Any = None) -> Floats:
        """Return the margin of the model inside."""
        return self.model.margin(X, target)

    def base_margin(self, target: Any = None) -> float:
        """Return the base margin of the model inside."""
        return self.model.base_margin(target)

    def _wake(self) -> None:
        self.factor_ = np.float64(self.parts_.settings["factor"])

    def _learn(self, training: Training) -> Learned:
        raise TypeError("a level is learnt in fit")  # pragma: no cover

    def _value(self, matrix: Floats) -> Floats:
        return np.asarray(self.model._value(matrix) * self.factor_)

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return self.model._margin(matrix, code)

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return self.model._contributions(matrix, code)

    def _base_margin(self, code: int) -> float:
        return self.model._base_margin(code)
