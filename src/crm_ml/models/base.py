"""What every estimator shares: reading tables and labels, parts in and out, additive contributions."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.base.validation import check_choice
from crm_ml.models.matrix import Floats, feature_names, read_matrix
from crm_ml.models.parts import Parts

__all__ = ["Classifier", "Learned", "Model", "Regressor", "Training", "sigmoid", "softmax"]

_TINY = 1e-9


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


class Model(BaseEstimator):  # type: ignore[misc]
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

    def contributions(self, X: Any, target: Any = None) -> Floats:
        """Return what each feature adds to the margin of a row.

        Row sums plus ``base_margin(target)`` equal ``margin(X, target)``.

        Parameters
        ----------
        X : DataFrame or array of shape (n, p)
        target : class label, optional
            The class to explain; the last of ``classes_`` by default. Regressors have none.

        Returns
        -------
        ndarray of shape (n, p)
        """
        return self._contributions(self._matrix(X), self._code(target))

    def base_margin(self, target: Any = None) -> float:
        """Return the margin that is no feature's doing: that of the reference customer of the model."""
        check_is_fitted(self, "parts_")
        return self._base_margin(self._code(target))

    def margin(self, X: Any, target: Any = None) -> Floats:
        """Return the additive score behind a prediction.

        For class k it is ln p_k minus the mean of the other ln p_j, which for two classes is the log-odds;
        for a regressor the prediction before its link.

        Returns
        -------
        ndarray of shape (n,)
        """
        return self._margin(self._matrix(X), self._code(target))

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
            name = type(self).__name__
            raise InputError(
                f"X has {matrix.shape[1]} features, but {name} is expecting {self.n_features_in_} features as input"
            )
        return matrix

    def _read(self, X: Any, y: Any, sample_weight: Any) -> tuple[Floats, Any, Floats, list[str], bool]:
        names = feature_names(X)
        matrix = read_matrix(X, None, estimator=self)
        if y is None:
            raise InputError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        target = column_or_1d(_plain(y), warn=True)
        if len(target) != len(matrix):
            raise InputError("X and y have inconsistent numbers of samples", got=f"{len(matrix)} and {len(target)}")
        weight: Floats = _check_sample_weight(
            sample_weight, matrix, dtype=np.float64, ensure_non_negative=True
        )
        keep = weight > 0  # a weight of 0 means that the row is not there
        if not keep.any():
            raise InputError("all sample weights are zero")
        shown = names if names is not None else [f"x{j}" for j in range(matrix.shape[1])]
        return matrix, target, weight, shown, names is not None

    def _code(self, target: Any) -> int:
        raise NotImplementedError

    @abstractmethod
    def _learn(self, training: Training) -> Learned: ...

    @abstractmethod
    def _contributions(self, matrix: Floats, code: int) -> Floats: ...

    @abstractmethod
    def _base_margin(self, code: int) -> float: ...

    @abstractmethod
    def _margin(self, matrix: Floats, code: int) -> Floats: ...

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class Classifier(ClassifierMixin, Model):  # type: ignore[misc]
    """A model of classes; ``classes_`` holds their labels in order."""

    classes_: npt.NDArray[Any]

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit on rows that all have a label (see ``align``).

        Parameters
        ----------
        X : DataFrame or array of shape (n, p)
            NaN is missing. An index level ``"cutoff"`` with several values marks snapshots; the last one is
            held out where a technique chooses its size.
        y : array-like of shape (n,)
            Labels of two or more classes.
        sample_weight : array-like of shape (n,), optional

        Raises
        ------
        InputError
            When a label is missing or only one class is present.
        """
        matrix, labels, weight, names, named = self._read(X, y, sample_weight)
        check_classification_targets(labels)
        keep = weight > 0
        classes, codes = np.unique(labels[keep], return_inverse=True)
        if len(classes) < 2:
            raise InputError(
                f"{type(self).__name__} needs two classes to tell apart",
                got=f"1 class: {classes.tolist()}",
                do="take a longer horizon or another label",
            )
        table = X[keep] if isinstance(X, pd.DataFrame) else None
        training = Training(matrix[keep], codes, weight[keep], names, classes.tolist(), table, _name(y))
        self._finish(training, self._learn(training), named)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of every class.

        Returns
        -------
        ndarray of shape (n, n_classes)
            In the order of ``classes_``; rows sum to 1.
        """
        return self._proba(self._matrix(X))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the likeliest class of every row."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def _restore(self, parts: Parts) -> None:
        self.classes_ = np.asarray(parts.settings["classes"])
        super()._restore(parts)

    def _code(self, target: Any) -> int:
        check_is_fitted(self, "parts_")
        if target is None:
            return len(self.classes_) - 1
        check_choice(str(target), [str(label) for label in self.classes_], what="class")
        return [str(label) for label in self.classes_].index(str(target))

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return proba_margin(self._proba(matrix), code)

    def _label(self, code: int) -> str:
        """Return how a class is called in texts: "stopped" rather than True."""
        label, outcome = self.parts_.settings["classes"][code], self.parts_.settings["outcome"]
        if isinstance(label, str) or not outcome:
            return str(label)
        return outcome if label in (1, True) else f"{outcome} = {label}"

    @abstractmethod
    def _proba(self, matrix: Floats) -> Floats: ...


class Regressor(RegressorMixin, Model):  # type: ignore[misc]
    """A model of a number, such as money in the horizon."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit on rows that all have a value.

        Parameters
        ----------
        X : DataFrame or array of shape (n, p)
            NaN is missing.
        y : array-like of shape (n,)
            In the unit of the prediction, such as currency.
        sample_weight : array-like of shape (n,), optional

        Raises
        ------
        InputError
            When a value is missing or infinite.
        """
        matrix, values, weight, names, named = self._read(X, y, sample_weight)
        values = np.asarray(values, dtype=np.float64)
        if not np.isfinite(values).all():
            raise InputError("y holds NaN or infinity", do="use align(X, y) to drop rows without a value")
        keep = weight > 0
        table = X[keep] if isinstance(X, pd.DataFrame) else None
        training = Training(matrix[keep], values[keep], weight[keep], names, [], table, _name(y))
        self._finish(training, self._learn(training), named)
        return self

    def predict(self, X: Any) -> Floats:
        """Return the expected value of every row, shape (n,)."""
        return self._value(self._matrix(X))

    def _code(self, target: Any) -> int:
        check_is_fitted(self, "parts_")
        if target is not None:
            raise InputError("a regressor has no classes", got=f"target={target!r}", do="leave target out")
        return 0

    @abstractmethod
    def _value(self, matrix: Floats) -> Floats: ...


def _plain(y: Any) -> Any:
    """Return labels without nullable dtypes, which numpy would make objects."""
    if isinstance(y, pd.Series):
        if y.isna().any():
            raise InputError("labels are missing (NaN)", got=f"{int(y.isna().sum())} rows", do="use align(X, y)")
        if isinstance(y.dtype, pd.CategoricalDtype | pd.StringDtype):
            return y.to_numpy(dtype=object)
        if pd.api.types.is_bool_dtype(y.dtype):
            return y.to_numpy(dtype=bool)
        if pd.api.types.is_extension_array_dtype(y.dtype):
            return y.to_numpy(dtype=np.float64 if pd.api.types.is_float_dtype(y.dtype) else np.int64)
    return y


def _name(y: Any) -> str:
    return str(y.name) if isinstance(y, pd.Series) and y.name is not None else ""


def sigmoid(score: Floats) -> Floats:
    """Return 1 / (1 + exp(−score)) without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * score)))


def softmax(scores: Floats) -> Floats:
    """Return exp(scores) divided by its row sums."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def proba_margin(proba: Floats, code: int) -> Floats:
    """Return ln p_k minus the mean of the other ln p_j."""
    return score_margin(np.log(np.clip(proba, _TINY, 1.0)), code)


def score_margin(scores: Floats, code: int) -> Floats:
    """Return score k minus the mean of the other scores, along the last axis."""
    others = scores.shape[-1] - 1
    return np.asarray(scores[..., code] - (scores.sum(axis=-1) - scores[..., code]) / others)
