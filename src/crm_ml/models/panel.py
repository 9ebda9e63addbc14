"""Rows of a customer table that have a label."""

from __future__ import annotations

import pandas as pd

from crm_ml.base.exceptions import InputError

__all__ = ["align"]


def align(X: pd.DataFrame, y: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """Return the rows of X and y that have a label, in the order of X.

    Parameters
    ----------
    X : DataFrame
        One row a customer (or customer and cutoff).
    y : Series
        Nullable labels with the same kind of index.

    Returns
    -------
    tuple of (DataFrame, Series)
        ``attrs`` of both count ``rows``, ``kept``, ``without_label`` (missing in y) and ``not_in_y``. The
        labels have a plain dtype: bool, int64, float64 or object.

    Raises
    ------
    InputError
        When no row has a label, or the labels are not unique by index.

    Examples
    --------
    >>> X = pd.DataFrame({"orders": [3, 1, 2]}, index=["a", "b", "c"])
    >>> y = pd.Series([True, None, False], index=["a", "b", "c"], dtype="boolean")
    >>> rows, labels = align(X, y)
    >>> rows.index.tolist(), labels.tolist(), labels.attrs["without_label"]
    (['a', 'c'], [True, False], 1)
    """
    if not y.index.is_unique:
        raise InputError("labels occur twice for the same customer and cutoff", do="make one label a row")
    in_y = X.index.isin(y.index)
    labels = y.reindex(X.index[in_y])
    has_label = labels.notna().to_numpy()
    if not has_label.any():
        raise InputError("no row of X has a label", got=f"{len(X)} rows, {int(y.notna().sum())} labels")
    counts = {
        "rows": len(X),
        "kept": int(has_label.sum()),
        "without_label": int((~has_label).sum()),
        "not_in_y": int((~in_y).sum()),
    }
    rows, kept = X[in_y][has_label], _plain(labels[has_label])
    rows.attrs.update(counts)
    kept.attrs.update(counts)
    return rows, kept


def _plain(labels: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(labels.dtype):
        return labels.astype(bool)
    if pd.api.types.is_integer_dtype(labels.dtype):
        return labels.astype("int64")
    return labels.astype("float64" if pd.api.types.is_float_dtype(labels.dtype) else object)
