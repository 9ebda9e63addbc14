"""Models by name."""

from __future__ import annotations

import importlib
from typing import Any, Literal, cast

from crm_ml.base.exceptions import BundleError
from crm_ml.base.validation import check_choice
from crm_ml.models.base import Classifier, Model, Regressor
from crm_ml.models.panel import align
from crm_ml.models.parts import Parts

# align is what one calls next, so it can be imported from here too.
__all__ = ["CLASSIFIERS", "REGRESSORS", "align", "from_parts", "make_model"]

# One line a model: name → module and class. Modules load on use, so a tree does not cost a LightGBM import.
CLASSIFIERS = {
    "logistic": "linear:LogisticClassifier",
    "decision_tree": "trees:TreeClassifier",
    "neural_net": "neural:NeuralClassifier",
    "rule_list": "rules:RuleListClassifier",
    "lightgbm": "boosting:LightGBMClassifier",
    "blend": "blend:BlendClassifier",
    "btyd": "btyd:BtydClassifier",
}
REGRESSORS = {
    "logistic": "linear:LinearRegressor",
    "decision_tree": "trees:TreeRegressor",
    "neural_net": "neural:NeuralRegressor",
    "rule_list": "rule_amounts:RuleListRegressor",
    "lightgbm": "boosting:LightGBMRegressor",
    "two_part": "two_part:TwoPartRegressor",
    "blend": "blend:BlendRegressor",
    "btyd": "btyd:BtydRegressor",
    "value_blend": "value_blend:ValueBlendRegressor",
}
# What only from_parts makes: wrappers around fitted models.
_WRAPPERS = {"levelled": "level:LevelledRegressor", "calibrated": "calibration:CalibratedClassifier"}


def make_model(
    name: str, *, kind: Literal["classifier", "regressor"] = "classifier", seed: int = 0, **params: Any
) -> Classifier | Regressor:
    """Return an unfitted model.

    Parameters
    ----------
    name : str
        ``logistic`` (for a regressor the linear model), ``decision_tree``, ``neural_net``, ``rule_list``,
        ``lightgbm``, ``btyd``, ``blend``; for a regressor also ``two_part`` and ``value_blend``.
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
    table = (
        CLASSIFIERS
        if check_choice(kind, ("classifier", "regressor"), what="kind") == "classifier"
        else REGRESSORS
    )
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
            model: Model = found.from_parts(parts)
            return model
    raise BundleError("unknown kind of model", got=repr(parts.kind), do="was it exported by a newer crm_ml?")


def _load(path: str) -> Any:
    module, name = path.split(":")
    return getattr(importlib.import_module(f"crm_ml.models.{module}"), name)
