"""The customer table as a matrix: columns by name, order harmless, missing values kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import check_array

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.base.validation import nearest

__all__ = ["Floats", "Integers", "feature_names", "read_matrix"]

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]


def feature_names(X: Any) -> list[str] | None:
    """Return the column names of a table, or None for an array.

    Raises
    ------
    InputError
        When a name occurs twice.
    """
    if not isinstance(X, pd.DataFrame) or not all(isinstance(name, str) for name in X.columns):
        return None
    twice = sorted(set(X.columns[X.columns.duplicated()]))
    if twice:
        raise InputError("a feature occurs twice", got=twice, do="name every column once")
    return [str(name) for name in X.columns]


def read_matrix(X: Any, names: Sequence[str] | None, *, estimator: object = None) -> Floats:
    """Return X as float64, the columns `names` in that order, missing values as NaN.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n, p)
        Columns beyond `names` are ignored.
    names : sequence of str or None
        None takes the columns as they come.
    estimator : object, optional
        Named in messages.

    Returns
    -------
    ndarray of shape (n, p)

    Raises
    ------
    ColumnError
        When a column is missing; the message lists names that look like it.
    InputError
        When a column holds text, dates or infinite numbers.

    Examples
    --------
    >>> table = pd.DataFrame({"orders": [1, 2], "recency_days": [30, None]})
    >>> read_matrix(table, ["recency_days", "orders"])
    array([[30.,  1.],
           [nan,  2.]])
    """
    if isinstance(X, pd.DataFrame):
        X = _numbers(_select(X, names))
    matrix: Floats = check_array(
        X, dtype=np.float64, order="C", ensure_all_finite="allow-nan", estimator=estimator, input_name="X"
    )
    return matrix


def _select(X: pd.DataFrame, names: Sequence[str] | None) -> pd.DataFrame:
    if names is None:
        return X
    missing = [name for name in names if name not in X.columns]
    if missing:
        near = nearest(missing[0], [str(name) for name in X.columns])
        do = (
            f"did you mean {near[0]!r} for {missing[0]!r}?"
            if near
            else "build the same features as in training"
        )
        raise ColumnError(
            "features of the training are missing", got=f"no column {', '.join(missing)}", do=do
        )
    return X[list(names)]


def _numbers(X: pd.DataFrame) -> Any:
    numeric = [pd.api.types.is_numeric_dtype(dtype) for dtype in X.dtypes]
    if not all(numeric):
        kinds = zip(X.columns, X.dtypes, numeric, strict=True)
        other = [f"{name} ({dtype})" for name, dtype, is_number in kinds if not is_number]
        if any(not pd.api.types.is_object_dtype(dtype) for dtype in X.dtypes[~np.array(numeric)]):
            raise InputError("features must be numbers", got=", ".join(other), do="encode or drop them")
        return X  # scikit-learn converts objects that are numbers and refuses the others
    matrix = X.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(matrix).any():
        bad = [
            str(name) for name, is_bad in zip(X.columns, np.isinf(matrix).any(axis=0), strict=True) if is_bad
        ]
        raise InputError("features hold infinite numbers", got=", ".join(bad), do="make them missing (NaN)")
    return matrix
