"""Logistic regression, and a linear model of money with a log link."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge

from crm_ml.base.validation import check_positive
from crm_ml.models.base import Classifier, Learned, Regressor, Training, score_margin, sigmoid, softmax
from crm_ml.models.encoding import Encoding
from crm_ml.models.matrix import Floats

__all__ = ["LinearRegressor", "LogisticClassifier"]


class LogisticClassifier(Classifier):
    """Logistic regression on logarithms and ranks of the features, for two or more classes.

    Parameters
    ----------
    C : float
        Inverse strength of the squared penalty on the standardised coefficients.
    max_iter : int
        Most Newton steps.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"recency_days": [3, 10, 30, 90, 120, 200], "orders": [9, 4, 5, 2, 1, 1]})
    >>> model = LogisticClassifier().fit(X, [0, 0, 0, 1, 1, 1])
    >>> model.predict(X)
    array([0, 0, 0, 1, 1, 1])
    """

    kind: ClassVar[str] = "logistic"

    def __init__(self, C: float = 1.0, max_iter: int = 200) -> None:
        self.C = C
        self.max_iter = max_iter

    def _learn(self, training: Training) -> Learned:
        check_positive(self.C, what="C")
        encoding = Encoding.fit(training.X, training.weight)
        columns = encoding.transform(training.X)
        coef, intercept = _fit_logistic(columns, training, self.C, self.max_iter)
        return Learned.of({"coef": coef, "intercept": intercept, **encoding.to_arrays()})

    def _wake(self) -> None:
        self._encoding = Encoding.from_arrays(self.parts_.arrays)

    def _proba(self, matrix: Floats) -> Floats:
        scores = self._encoding.transform(matrix) @ self.parts_.arrays["coef"] + self.parts_.arrays["intercept"]
        if scores.shape[1] == 1:
            positive = sigmoid(scores)
            return np.hstack([1.0 - positive, positive])
        return softmax(scores)

    def _slopes(self, code: int) -> tuple[Floats, float]:
        """Return coefficients (q,) and intercept of the margin of a class."""
        coef, intercept = self.parts_.arrays["coef"], self.parts_.arrays["intercept"]
        if coef.shape[1] == 1:
            sign = 1.0 if code == 1 else -1.0
            return sign * coef[:, 0], float(sign * intercept[0])
        return score_margin(coef, code), float(score_margin(intercept, code))

    def _margin(self, matrix: Floats, code: int) -> Floats:
        slopes, intercept = self._slopes(code)
        return np.asarray(self._encoding.transform(matrix) @ slopes + intercept)

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return self._encoding.gather(self._encoding.transform(matrix) * self._slopes(code)[0])

    def _base_margin(self, code: int) -> float:
        return self._slopes(code)[1]


class LinearRegressor(Regressor):
    """A linear model of an amount: log link when no amount is negative, straight line otherwise.

    With the log link it is a Poisson regression, whose expected sum over the training customers equals their
    true sum, whatever the spread of the amounts (Gourieroux, Monfort & Trognon 1984, Econometrica 52).

    Parameters
    ----------
    alpha : float
        Strength of the squared penalty on the standardised coefficients, per unit of weight.
    max_iter : int
        Most Newton steps.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[1.0], [2.0], [4.0], [8.0]])
    >>> LinearRegressor().fit(X, [0.0, 20.0, 40.0, 80.0]).predict(X).round(-1)
    array([10., 20., 40., 70.])
    """

    kind: ClassVar[str] = "linear"

    def __init__(self, alpha: float = 1e-3, max_iter: int = 200) -> None:
        self.alpha = alpha
        self.max_iter = max_iter

    def _learn(self, training: Training) -> Learned:
        check_positive(self.alpha, what="alpha")
        encoding = Encoding.fit(training.X, training.weight)
        columns = encoding.transform(training.X)
        unit = float(np.average(np.abs(training.y), weights=training.weight)) or 1.0
        log_link = bool((training.y >= 0).all() and (training.y > 0).any())
        if log_link:
            model = PoissonRegressor(alpha=self.alpha, max_iter=self.max_iter, solver="newton-cholesky", tol=1e-8)
        else:
            model = Ridge(alpha=self.alpha * training.weight.sum(), solver="cholesky")
        if columns.shape[1] == 0:
            columns = np.zeros((len(columns), 1))
        model.fit(columns, training.y / unit, sample_weight=training.weight)
        coef = model.coef_[: len(encoding.owner)]
        arrays = {"coef": coef, "intercept": np.array([model.intercept_]), "unit": np.array([unit])}
        return Learned.of({**arrays, **encoding.to_arrays()}, facts={"link": "log" if log_link else "identity"})

    def _wake(self) -> None:
        self._encoding = Encoding.from_arrays(self.parts_.arrays)

    def _margin(self, matrix: Floats, code: int) -> Floats:
        arrays = self.parts_.arrays
        return np.asarray(self._encoding.transform(matrix) @ arrays["coef"] + arrays["intercept"])

    def _value(self, matrix: Floats) -> Floats:
        score = self._margin(matrix, 0)
        amount = np.exp(np.minimum(score, 50.0)) if self.parts_.settings["link"] == "log" else score
        return np.asarray(amount * self.parts_.arrays["unit"])

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return self._encoding.gather(self._encoding.transform(matrix) * self.parts_.arrays["coef"])

    def _base_margin(self, code: int) -> float:
        return float(self.parts_.arrays["intercept"][0])


def _fit_logistic(columns: Floats, training: Training, C: float, max_iter: int) -> tuple[Floats, Floats]:
    """Return coefficients of shape (q, 1) for two classes or (q, K), and the intercepts."""
    width = columns.shape[1]
    if width == 0:  # every feature is constant: the model is the base rate
        columns = np.zeros((len(columns), 1))
    # Newton reaches the optimum to the last digits, so a row twice equals a weight of two.
    model = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-10, max_iter=max_iter)
    model.fit(columns, training.y, sample_weight=training.weight)
    return np.ascontiguousarray(model.coef_.T[:width]), np.asarray(model.intercept_)
