"""Models by name, and rows with a label."""

from __future__ import annotations

import importlib
from typing import Any, Literal, cast

import pandas as pd

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.base.validation import check_choice
from crm_ml.models.base import Classifier, Model, Regressor
from crm_ml.models.parts import Parts

__all__ = ["CLASSIFIERS", "REGRESSORS", "align", "from_parts", "make_model"]

# One line a model: name → module and class. Modules load on use, so a tree does not cost a LightGBM import.
CLASSIFIERS = {
    "logistic": "linear:LogisticClassifier",
    "decision_tree": "trees:TreeClassifier",
    "neural_net": "neural:NeuralClassifier",
    "rule_list": "rules:RuleListClassifier",
    "lightgbm": "boosting:LightGBMClassifier",
}
REGRESSORS = {
    "logistic": "linear:LinearRegressor",
    "decision_tree": "trees:TreeRegressor",
    "neural_net": "neural:NeuralRegressor",
    "lightgbm": "boosting:LightGBMRegressor",
}
# What only from_parts makes: wrappers around fitted models.
_WRAPPERS = {"calibrated": "calibration:CalibratedClassifier"}


def make_model(
    name: str, *, kind: Literal["classifier", "regressor"] = "classifier", seed: int = 0, **params: Any
) -> Classifier | Regressor:
    """Return an unfitted model.

    Parameters
    ----------
    name : str
        ``logistic`` (for a regressor the linear model), ``decision_tree``, ``neural_net``, ``rule_list``,
        ``lightgbm``, ``blend``; for a regressor also ``two_part``.
    kind : {"classifier", "regressor"}
    seed : int
        Seed of techniques that draw; the others have none.
    **params
        Arguments of the model.

    Raises
    ------
    InputError
        When the name or a parameter is unknown.

    Examples
    --------
    >>> make_model("decision_tree", max_depth=3)
    TreeClassifier(max_depth=3)
    """
    table = CLASSIFIERS if check_choice(kind, ("classifier", "regressor"), what="kind") == "classifier" else REGRESSORS
    check_choice(name, table, what=kind)
    found = _load(table[name])
    known = found().get_params(deep=False)
    for param in params:
        check_choice(param, known, what=f"parameter of {name}")
    if "random_state" in known:
        params = {"random_state": seed, **params}
    return cast("Classifier | Regressor", found(**params))


def from_parts(parts: Parts) -> Model:
    """Return the fitted model that parts of any kind describe.

    Raises
    ------
    BundleError
        When no technique has that kind.
    """
    for path in (*CLASSIFIERS.values(), *REGRESSORS.values(), *_WRAPPERS.values()):
        found = _load(path)
        if found.kind == parts.kind:
            return found.from_parts(parts)
    raise BundleError("unknown kind of model", got=repr(parts.kind), do="was it exported by a newer crm_ml?")


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
        ``attrs`` of both count ``rows``, ``kept``, ``without_label`` (missing in y) and ``not_in_y``. The labels
        have a plain dtype: bool, int64, float64 or object.

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


def _load(path: str) -> Any:
    module, name = path.split(":")
    return getattr(importlib.import_module(f"crm_ml.models.{module}"), name)


