"""An estimator that ends in parts: checked training rows in, arrays out, the same path after loading."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.models.matrix import Floats, feature_names, read_matrix
from crm_ml.models.parts import Parts

__all__ = ["Learned", "PartsEstimator", "Training"]


@dataclass(frozen=True)
class Training:
    """Checked training rows.

    Parameters
    ----------
    X : ndarray of shape (n, p)
        NaN is missing.
    y : ndarray of shape (n,)
        Class codes 0 … n_classes−1, or numbers for a regressor.
    weight : ndarray of shape (n,)
        A weight of k means the same as k equal rows.
    names : list of str
        Feature names; made up (``x0``, ``x1`` …) for an array.
    classes : list
        Class labels; empty for a regressor.
    table : object
        X as given: its index tells the snapshots of a panel.
    outcome : str
        Name of the label, when y had one.
    """

    X: Floats
    y: Any
    weight: Floats
    names: list[str]
    classes: list[Any]
    table: Any
    outcome: str = ""

    def rows(self, mask: npt.NDArray[np.bool_]) -> Training:
        """Return the rows that the mask keeps."""
        table = self.table[mask] if isinstance(self.table, pd.DataFrame) else None
        return replace(self, X=self.X[mask], y=self.y[mask], weight=self.weight[mask], table=table)


@dataclass(frozen=True)
class Learned:
    """What a technique learnt: the content of its parts without the shared settings."""

    arrays: dict[str, npt.NDArray[Any]]
    facts: dict[str, Any]
    texts: dict[str, str]
    children: dict[str, Parts]

    @classmethod
    def of(
        cls,
        arrays: dict[str, npt.NDArray[Any]] | None = None,
        *,
        facts: dict[str, Any] | None = None,
        texts: dict[str, str] | None = None,
        children: dict[str, Parts] | None = None,
    ) -> Learned:
        """Fill what is not given with nothing."""
        return cls(arrays or {}, facts or {}, texts or {}, children or {})


class PartsEstimator(BaseEstimator):  # type: ignore[misc]
    """An estimator whose fit ends in parts and whose predictions run on those parts only.

    A technique gives ``_learn(training) -> Learned`` and reads ``self.parts_`` when it predicts, so a model
    that was loaded takes the same path as one that was just fitted.
    """

    kind: ClassVar[str]
    parts_: Parts

    def to_parts(self) -> Parts:
        """Return the fitted model as data."""
        check_is_fitted(self, "parts_")
        return self.parts_

    @classmethod
    def from_parts(cls, parts: Parts) -> Self:
        """Return the fitted model that the parts describe.

        Raises
        ------
        BundleError
            When the parts belong to another technique.
        """
        if parts.kind != cls.kind:
            raise BundleError(f"these are not the parts of {cls.kind!r}", got=repr(parts.kind))
        try:
            model = cls(**parts.settings["params"])
            model._restore(parts)
        except (KeyError, TypeError) as error:
            raise BundleError(f"the parts of {cls.kind!r} are incomplete", got=error) from error
        return model

    def _finish(self, training: Training, learned: Learned, named: bool) -> None:
        settings = {
            "params": self.get_params(deep=False),
            "features": training.names,
            "named": named,
            "classes": training.classes,
            "outcome": training.outcome,
            **learned.facts,
        }
        self._restore(Parts(self.kind, settings, learned.arrays, learned.texts, learned.children))

    def _restore(self, parts: Parts) -> None:
        self.parts_ = parts
        features = parts.settings["features"]
        self.n_features_in_ = len(features)
        if parts.settings["named"]:
            self.feature_names_in_ = np.asarray(features, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        self._wake()

    def _wake(self) -> None:
        """Build from the parts what would be slow to build at every call."""

    def _matrix(self, X: Any) -> Floats:
        check_is_fitted(self, "parts_")
        named = self.parts_.settings["named"] and feature_names(X) is not None
        matrix = read_matrix(X, self.parts_.settings["features"] if named else None, estimator=self)
        if matrix.shape[1] != self.n_features_in_:
            expecting = f"{type(self).__name__} is expecting {self.n_features_in_} features as input"
            raise InputError(f"X has {matrix.shape[1]} features, but {expecting}")
        return matrix

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
