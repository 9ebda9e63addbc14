"""Gamma-gamma: what a purchase of each customer is worth (Fader & Hardie 2013)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from crm_ml.base.exceptions import ColumnError
from crm_ml.models.clv._newton import Evaluation
from crm_ml.models.clv.base import LikelihoodModel
from crm_ml.models.clv.counts import trigamma
from crm_ml.models.clv.rows import Array, distinct, read_column, read_rows, total

__all__ = ["GammaGamma", "value_history"]


class GammaGamma(LikelihoodModel):
    """The gamma-gamma model of monetary value.

    The value of each purchase varies around a personal mean; personal means vary between customers. Who
    bought often keeps nearly the own mean, who never came back gets the mean of all. It assumes that value
    does not depend on frequency: `correlation_` says how true that is.

    Parameters
    ----------
    penalty : float
        Strength of a quadratic pull of the log-parameters to the starting values; 0 is maximum likelihood.

    Attributes
    ----------
    left_out_ : int
        Rows that the fit could not use: no repeat purchase, or a value that is missing, 0 or negative.
    correlation_ : float
        Correlation of frequency and monetary value among the rows used.

    Notes
    -----
    As published, only repeat purchases count. With a column `first_value` (money of the first purchase day)
    the first one counts too and one-time buyers are known by it: on CDNOW the spend Gini of the lifetime
    value rises from .672 to .709.

    References
    ----------
    Fader, P. S. & Hardie, B. G. S. (2013). The gamma-gamma model of monetary value. Note 025, eq. 1a and 5.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame(
    ...     {"frequency": [0, 1, 1, 2, 5, 3], "t_x": [0, 3, 5, 8, 9, 9], "T": [9] * 6,
    ...      "monetary_value": [0.0, 20.0, 45.0, 30.0, 28.0, 60.0]}
    ... )
    >>> model = GammaGamma().fit(summary)
    >>> int(model.left_out_), bool(20 < model.expected_value(summary)[1] < model.mean_value)
    (1, True)
    """

    parameters: ClassVar[tuple[str, ...]] = ("p", "q", "v")
    meaning: ClassVar[Mapping[str, str]] = {
        "p": "how steady the purchases of one customer are in value: the larger, the steadier",
        "q": "how alike customers are in mean value: the larger, the more alike; there is a mean above 1",
        "v": "scale of the values: the mean over customers is p v / (q - 1)",
    }
    floors: ClassVar[Mapping[str, float]] = {"q": 1.0}
    scales: ClassVar[tuple[str, ...]] = ("v",)

    left_out_: int
    correlation_: float

    def __init__(self, *, penalty: float = 0.0) -> None:
        self.penalty = penalty

    def fit(self, summary: pd.DataFrame, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Estimate the parameters on the customers with a repeat purchase and a positive value.

        Parameters
        ----------
        summary : DataFrame
            Columns `frequency, t_x, T, monetary_value`; optionally `first_value` and `count`.
        y : ignored
            For scikit-learn.
        sample_weight : array-like, optional
            Weight of each row.

        Raises
        ------
        ColumnError
            When there is no column `monetary_value`.
        """
        x, m = value_history(summary)
        count = read_rows(summary, sample_weight).count
        usable = m > 0
        self.left_out_ = int(len(x) - usable.sum())
        usable &= count > 0
        if not usable.any():
            return self._without_values(summary, count)
        first, inverse = distinct(x[usable], m[usable])
        n = total(inverse, count[usable])
        x, m = x[usable][first], m[usable][first]
        scale = float(n @ m / n.sum())
        self._maximise(
            lambda theta: _evaluate(theta, x, m / scale, n),
            [np.array([p, 3.0, 2.0 / p]) for p in (3.0, 30.0)],
            scale=scale,
            n=float(n.sum()),
        )
        # A mean value has a unit of money.
        self.log_likelihood_ -= float(n.sum()) * np.log(scale)
        self.correlation_ = _correlation(x, m, n)
        if abs(self.correlation_) > 0.2:
            self.note(
                f"frequency and value are correlated (r = {self.correlation_:.2f}), which the model denies: "
                "compare the values by class of frequency with what was observed"
            )
        return self

    @property
    def mean_value(self) -> float:
        """Mean value of a purchase over all customers."""
        p, q, v = self.theta
        return float(p * v / (q - 1.0))

    def expected_value(self, summary: pd.DataFrame) -> pd.Series:
        """Return the expected mean value of the future purchases of each customer.

        Without usable history (no repeat purchase, no positive value) that is `mean_value`.
        """
        self._check_fitted()
        return pd.Series(self.value_of(*value_history(summary)), index=summary.index)

    def value_of(self, x: Array, m: Array) -> Array:
        """Return the expected mean value after x purchases with a mean value of m; 0 and 0 know nothing."""
        p, q, v = self.theta
        result: Array = p * (v + x * m) / (p * x + q - 1.0)
        return result

    def _without_values(self, summary: pd.DataFrame, count: Array) -> Self:
        mean, self.message_ = _mean_given(summary, count)
        names = list(self.parameters)
        self.params_ = pd.Series([3.0, 3.0, mean * 2.0 / 3.0], index=names)
        self.covariance_ = pd.DataFrame(np.zeros((3, 3)), index=names, columns=names)
        self.log_likelihood_, self.gradient_norm_, self.n_customers_ = 0.0, 0.0, 0.0
        self.iterations_, self.converged_, self.boundary_ = 0, False, self.parameters
        self.correlation_ = np.nan
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return settings, parameters and covariance as plain JSON values."""
        stored = super().to_dict()
        known = bool(np.isfinite(self.correlation_))
        return {**stored, "left_out": self.left_out_, "correlation": self.correlation_ if known else None}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model of :meth:`to_dict`."""
        model = super().from_dict(stored)
        model.left_out_ = int(stored.get("left_out", 0))
        correlation = stored.get("correlation")
        model.correlation_ = np.nan if correlation is None else float(correlation)
        return model


def value_history(summary: pd.DataFrame) -> tuple[Array, Array]:
    """Return how many purchases of each customer have a known value, and their mean; 0 and 0 without.

    Raises
    ------
    ColumnError
        When there is no column `monetary_value`.
    """
    x, m = read_rows(summary).x, read_column(summary, "monetary_value")
    if m is None:
        raise ColumnError(
            "the summary has no column 'monetary_value'",
            got=list(summary.columns),
            do="map an amount, or use a purchase model alone",
        )
    known = (x > 0) & (m > 0) & np.isfinite(m)
    n, mean = np.where(known, x, 0.0), np.where(known, m, 0.0)
    first = read_column(summary, "first_value")
    if first is not None:
        also = (first > 0) & np.isfinite(first)
        total_value = n * mean + np.where(also, first, 0.0)
        n = n + also
        mean = np.divide(total_value, n, out=np.zeros_like(n), where=n > 0)
    return n, mean


def _mean_given(summary: pd.DataFrame, count: Array) -> tuple[float, str]:
    """Return the mean value where there is no history of values, and what to say about it."""
    x, m = read_rows(summary).x, read_column(summary, "monetary_value")
    first = read_column(summary, "first_value")
    values = np.zeros(len(count)) if m is None else m
    positive = (values > 0) & (count > 0) & np.isfinite(values)
    if positive.any():
        mean = float(np.average(values[positive], weights=count[positive]))
        return mean, "no repeat purchase has a positive value: everybody gets the mean of the values given"
    # A one-time buyer has no value of repeat purchases: 0 there says nothing.
    worthless = np.isfinite(values[(x > 0) & (count > 0)]).any()
    if worthless or (first is not None and np.isfinite(first[count > 0]).any()):
        return 0.0, "no purchase has a positive value: the value of every customer is 0"
    return np.nan, "no purchase has a known value: the value of customers is unknown"


def _correlation(x: Array, m: Array, n: Array) -> float:
    dx, dm = x - np.average(x, weights=n), m - np.average(m, weights=n)
    spread = np.sqrt((n @ dx**2) * (n @ dm**2))
    return float((n * dx) @ dm / spread) if spread > 0 else 0.0


def _evaluate(theta: Array, x: Array, m: Array, n: Array) -> Evaluation:
    """Return eq. 1a of the note with its derivatives."""
    p, q, v = theta
    spend = x * m
    both, all_spend = p * x + q, v + spend
    own, others = -np.log1p(v / spend), np.log1p(spend / v)
    value = n @ (p * x * own - q * others - np.log(m))
    gradient = np.array([(n * x) @ own, -(n @ others), n @ (q / v - both / all_spend)])
    p_v, q_v = -(n * x) @ (1.0 / all_spend), n @ (1.0 / v - 1.0 / all_spend)
    v_v = n @ (both / all_spend**2) - n.sum() * q / v**2
    hessian = np.array([[0.0, 0.0, p_v], [0.0, 0.0, q_v], [p_v, q_v, v_v]])
    return Evaluation(float(value), gradient, hessian) + _of_counts(p, q, x, n)


def _of_counts(p: float, q: float, x: Array, n: Array) -> Evaluation:
    """Return the terms that know of a customer only the number of purchases: few numbers, asked once each."""
    inverse, x = pd.factorize(x)
    n = total(inverse, n)
    all_n, both = n.sum(), p * x + q
    value = n @ (gammaln(both) - gammaln(p * x)) - all_n * gammaln(q)
    psi, curve = digamma(both), trigamma(both)
    gradient = np.array([(n * x) @ (psi - digamma(p * x)), n @ psi - all_n * digamma(q), 0.0])
    p_p, p_q = (n * x**2) @ (curve - trigamma(p * x)), (n * x) @ curve
    q_q = n @ curve - all_n * trigamma(q)
    hessian = np.array([[p_p, p_q, 0.0], [p_q, q_q, 0.0], [0.0, 0.0, 0.0]])
    return Evaluation(float(value), gradient, hessian)
