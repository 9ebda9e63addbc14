"""Classifiers and regressors: reading labels, margins, additive contributions."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice
from crm_ml.models.estimator import Learned, PartsEstimator, Training
from crm_ml.models.links import proba_margin, sigmoid
from crm_ml.models.matrix import Floats, feature_names, read_matrix
from crm_ml.models.parts import Parts

# The whole vocabulary of a technique can be imported from here.
__all__ = ["Classifier", "Learned", "Model", "Regressor", "Training", "proba_margin", "sigmoid"]


class Model(PartsEstimator):
    """An estimator with a label: its predictions rest on a margin that features add up to."""

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

    def _read(self, X: Any, y: Any, sample_weight: Any) -> tuple[Floats, Any, Floats, list[str], bool]:
        names = feature_names(X)
        matrix = read_matrix(X, None, estimator=self)
        if y is None:
            raise InputError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        target = column_or_1d(_plain(y), warn=True)
        if len(target) != len(matrix):
            raise InputError(
                "X and y have inconsistent numbers of samples", got=f"{len(matrix)} and {len(target)}"
            )
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
            raise InputError(
                "labels are missing (NaN)", got=f"{int(y.isna().sum())} rows", do="use align(X, y)"
            )
        if isinstance(y.dtype, pd.CategoricalDtype | pd.StringDtype):
            return y.to_numpy(dtype=object)
        if pd.api.types.is_bool_dtype(y.dtype):
            return y.to_numpy(dtype=bool)
        if pd.api.types.is_extension_array_dtype(y.dtype):
            return y.to_numpy(dtype=np.float64 if pd.api.types.is_float_dtype(y.dtype) else np.int64)
    return y


def _name(y: Any) -> str:
    return str(y.name) if isinstance(y, pd.Series) and y.name is not None else ""
