"""Probabilities that come true: a fitted classifier corrected on a later snapshot."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.utils.validation import check_is_fitted

from crm_ml.base.exceptions import CrmMlWarning, InputError
from crm_ml.base.validation import check_choice
from crm_ml.models.base import Classifier, Learned, Training
from crm_ml.models.isotonic import fit_curves, read_curves
from crm_ml.models.links import softmax
from crm_ml.models.matrix import Floats
from crm_ml.models.parts import Parts

__all__ = ["CalibratedClassifier", "calibrate", "moved"]

_TINY = 1e-6
# How far the slope of one period plausibly lies from that of the next (one standard deviation). Chosen on
# development windows: a few hundred customers otherwise claim slopes of 0.4 that the next period denies.
_USUAL_SLOPE_ERROR = 0.2
# Below this many customers of the rarer class a free curve follows the noise.
_ENOUGH_FOR_ISOTONIC = 1000

Method = Literal["auto", "sigmoid", "isotonic"]


def calibrate(
    model: Classifier, X_later: Any, y_later: Any, *, method: Method = "auto", sample_weight: Any = None
) -> CalibratedClassifier:
    """Correct the probabilities of a fitted classifier on customers of a later snapshot.

    Parameters
    ----------
    model : Classifier
        Fitted on earlier snapshots; it stays as it is.
    X_later, y_later : DataFrame and labels
        Rows with a label that the model was not fitted on.
    method : {"auto", "sigmoid", "isotonic"}
        ``sigmoid`` corrects level and spread of the log-odds (Platt 1999, on log-odds), the spread no further
        than the number of customers speaks for; ``isotonic`` is a rising curve through pooled groups,
        interpolated between their centres so that no ranking is lost (Oron & Flournoy 2017). ``auto`` takes
        isotonic from 1,000 customers in the rarest class.
    sample_weight : array-like, optional

    Returns
    -------
    CalibratedClassifier

    Examples
    --------
    >>> import pandas as pd
    >>> from crm_ml.models.linear import LogisticClassifier
    >>> X = pd.DataFrame({"recency_days": range(200)})
    >>> y = (X["recency_days"] % 10) < X["recency_days"] / 20
    >>> model = LogisticClassifier().fit(X, y)
    >>> calibrate(model, X, y).method_
    'sigmoid'
    """
    return CalibratedClassifier(model, method=method).fit(X_later, y_later, sample_weight=sample_weight)


def moved(model: Classifier, offset: float) -> CalibratedClassifier:
    """Return a classifier of two classes with the log-odds of the second moved by `offset`.

    The level of a whole base, such as the number of customers who will buy, changes; no ranking does.

    Parameters
    ----------
    model : Classifier
        Fitted, calibrated or not; it stays as it is.
    offset : float
        Added to the log-odds of the last of ``classes_``.

    Examples
    --------
    >>> from crm_ml.models.linear import LogisticClassifier
    >>> X = np.arange(200.0)[:, None]
    >>> model = LogisticClassifier().fit(X, X[:, 0] > 99)
    >>> likelier = moved(model, 1.0)
    >>> bool((likelier.predict_proba(X)[:, 1] > model.predict_proba(X)[:, 1]).all())
    True
    """
    if len(model.classes_) != 2:
        raise InputError("a level is moved between two classes", got=f"{len(model.classes_)} classes")
    parts, inside = model.to_parts(), model
    if isinstance(model, CalibratedClassifier):
        inside = model.model
    else:
        as_it_is = {"slope": np.ones(1), "shift": np.zeros(2)}
        parts = _around(parts, "sigmoid", Learned.of(as_it_is, facts={"method": "sigmoid"}))
    offsets = parts.arrays.get("offset", np.zeros(2)) + np.array([0.0, offset])
    result = CalibratedClassifier(inside, method=parts.settings["params"]["method"])
    result._restore(replace(parts, arrays={**parts.arrays, "offset": offsets}))
    return result


class CalibratedClassifier(Classifier):
    """A fitted classifier with a correction of its probabilities; made by `calibrate` and `moved`.

    Contributions and margins explain the classifier inside, whose ranking the correction keeps.

    Parameters
    ----------
    model : Classifier
        Fitted.
    method : {"auto", "sigmoid", "isotonic"}

    Attributes
    ----------
    method_ : str
        The method that was used.
    """

    kind: ClassVar[str] = "calibrated"

    def __init__(self, model: Classifier, method: Method = "auto") -> None:
        self.model = model
        self.method = method

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn the correction.

        Raises
        ------
        InputError
            When a class is in one of model and labels only.
        """
        check_is_fitted(self.model, "parts_")
        check_choice(self.method, ("auto", "sigmoid", "isotonic"), what="method")
        raw = self.model.predict_proba(X)
        training = self._training(raw, X, y, sample_weight)
        learned = self._learn(training)
        self._restore(_around(self.model.to_parts(), self.method, learned))
        return self

    def _training(self, raw: Floats, X: Any, y: Any, sample_weight: Any) -> Training:
        _, labels, weight, names, _ = self._read(X, y, sample_weight)
        known = self.model.classes_
        if set(np.unique(labels).tolist()) != set(known.tolist()):
            raise InputError(
                "the later snapshot must hold every class of the model and no other",
                got=f"{np.unique(labels).tolist()} against {known.tolist()}",
            )
        codes = np.searchsorted(known, labels)
        return Training(raw, codes, weight, names, known.tolist(), None)

    def _learn(self, training: Training) -> Learned:
        rarest = np.bincount(training.y, weights=training.weight).min()
        automatic = "isotonic" if rarest >= _ENOUGH_FOR_ISOTONIC else "sigmoid"
        method = automatic if self.method == "auto" else self.method
        arrays = fit_curves(training) if method == "isotonic" else _fit_scaling(training)
        return Learned.of(arrays, facts={"method": method})

    @classmethod
    def from_parts(cls, parts: Parts) -> Self:
        """Return the fitted model that the parts describe."""
        from crm_ml.models.catalog import from_parts

        model: Any = from_parts(parts.children["model"])
        calibrated = cls(model, method=parts.settings["params"]["method"])
        calibrated._restore(parts)
        return calibrated

    def _wake(self) -> None:
        self.method_ = str(self.parts_.settings["method"])

    def _proba(self, matrix: Floats) -> Floats:
        raw = self.model._proba(matrix)  # the columns of the parts are those of the model, in its order
        arrays = self.parts_.arrays
        proba = _scaled(raw, arrays) if self.method_ == "sigmoid" else read_curves(raw, arrays)
        return _moved(proba, arrays["offset"]) if "offset" in arrays else proba

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return self.model._contributions(matrix, code)

    def _base_margin(self, code: int) -> float:
        return self.model._base_margin(code)

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return self.model._margin(matrix, code)


def _around(parts: Parts, method: str, learned: Learned) -> Parts:
    """Return the parts of a correction around the parts of a classifier."""
    kept = {key: parts.settings[key] for key in ("features", "named", "classes", "outcome")}
    settings = {**kept, **learned.facts, "params": {"method": method}}
    return Parts(CalibratedClassifier.kind, settings, learned.arrays, {}, {"model": parts})


def _moved(proba: Floats, offset: Floats) -> Floats:
    return softmax(np.log(np.maximum(proba, 1e-300)) + offset)


def _fit_scaling(training: Training) -> dict[str, npt.NDArray[Any]]:
    """Fit slope and shifts of the log probabilities: maximum likelihood with a pull of the slope to 1."""
    logs = np.log(np.clip(training.X, _TINY, 1.0))
    n_classes, share = logs.shape[1], training.weight / training.weight.sum()
    rows = np.arange(len(logs))
    pull = 1.0 / (_USUAL_SLOPE_ERROR**2 * training.weight.sum())  # a customer is one row of a snapshot

    def objective(theta: Floats) -> tuple[float, Floats]:
        proba = softmax(theta[0] * logs + np.append(0.0, theta[1:]))
        loss = -share @ np.log(np.maximum(proba[rows, training.y], 1e-300))
        loss += 0.5 * pull * (theta[0] - 1.0) ** 2
        proba[rows, training.y] -= 1.0
        wrong = proba * share[:, None]
        slope = (wrong * logs).sum() + pull * (theta[0] - 1.0)
        return float(loss), np.append(slope, wrong.sum(axis=0)[1:])

    start = np.append(1.0, np.zeros(n_classes - 1))
    bounds: Any = [(0.0, None)] + [(None, None)] * (n_classes - 1)
    options: Any = {"gtol": 1e-9, "ftol": 1e-15}
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    slope = float(found.x[0])
    if slope < _TINY:
        warnings.warn(
            "the ranking is inverted on the later snapshot; it is not corrected", CrmMlWarning, stacklevel=4
        )
    return {"slope": np.array([slope]), "shift": np.append(0.0, found.x[1:])}


def _scaled(raw: Floats, arrays: Any) -> Floats:
    return softmax(arrays["slope"] * np.log(np.clip(raw, _TINY, 1.0)) + arrays["shift"])
