"""What every model of this room shares: fitting, uncertainty of the parameters, JSON."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.models.clv._newton import Evaluation, Optimum, maximise
from crm_ml.models.clv.rows import Array

__all__ = ["LikelihoodModel"]

# Holds a parameter that the data leave open: a standard deviation of 4.5 in its logarithm.
WEAK_PENALTY = 0.05


class LikelihoodModel(BaseEstimator):  # type: ignore[misc]
    """A model with positive parameters, fitted by maximum likelihood.

    Attributes
    ----------
    params_ : Series
        Estimates, in the units of the data.
    covariance_ : DataFrame
        Asymptotic covariance of `params_`.
    log_likelihood_ : float
        Sum over customers, in the units of the data and without penalty.
    gradient_norm_ : float
        Largest derivative of the log-likelihood per customer to a log-parameter, where it was looked at last:
        a step before the end when that step was too small to need a look.
    n_customers_ : float
        Customers (sum of weights) behind the fit.
    converged_ : bool
        Whether the search ended in an optimum.
    boundary_ : tuple of str
        Parameters that the data do not determine; a weak penalty then keeps them finite.
    message_ : str
        What a reader must know about the fit; empty when there is nothing.
    """

    parameters: ClassVar[tuple[str, ...]] = ()
    meaning: ClassVar[Mapping[str, str]] = {}
    floors: ClassVar[Mapping[str, float]] = {}
    scales: ClassVar[tuple[str, ...]] = ()

    params_: pd.Series
    covariance_: pd.DataFrame
    log_likelihood_: float
    gradient_norm_: float
    n_customers_: float
    iterations_: int
    converged_: bool
    boundary_: tuple[str, ...]
    message_: str

    @property
    def standard_errors_(self) -> pd.Series:
        """Standard errors of the parameters."""
        self._check_fitted()
        return pd.Series(np.sqrt(np.diag(self.covariance_)), index=list(self.parameters))

    @property
    def theta(self) -> Array:
        """The parameters as an array, in the order of `parameters`."""
        self._check_fitted()
        return self.params_.to_numpy(dtype=np.float64)

    @property
    def log_covariance(self) -> Array:
        """Covariance of ``ln(theta - floor)``, on which intervals are made."""
        slope = self.theta - self._floor
        squares = np.outer(slope, slope)
        covariance = self.covariance_.to_numpy(dtype=np.float64)
        inner: Array = np.divide(covariance, squares, out=np.zeros_like(covariance), where=squares > 0)
        return inner

    @property
    def _floor(self) -> Array:
        return np.array([self.floors.get(name, 0.0) for name in self.parameters])

    def moved(self, step: Array) -> Self:
        """Return the same model with its log-parameters moved by `step`."""
        other = copy.copy(self)
        theta = self._floor + (self.theta - self._floor) * np.exp(step)
        other.params_ = pd.Series(theta, index=self.params_.index)
        return other

    def _maximise(
        self, evaluate: Callable[[Array], Evaluation], starts: list[Array], *, scale: float, n: float
    ) -> Optimum:
        """Fit in scaled units; more starts are tried only when the first one fails."""
        penalty = float(getattr(self, "penalty", 0.0))
        if not np.isfinite(penalty) or penalty < 0:
            raise InputError("the penalty must be a finite number, 0 or more", got=penalty)
        tried = []
        for start in starts:
            tried.append(maximise(evaluate, start, self._floor, penalty=penalty))
            if tried[-1].converged and not tried[-1].flat.any():
                break
        best = max(tried, key=lambda one: (one.converged, one.value))
        self.boundary_ = tuple(np.array(self.parameters)[best.flat].tolist())
        if best.flat.any() or not best.converged:
            best = maximise(evaluate, starts[0], self._floor, penalty=max(WEAK_PENALTY, penalty))
        # Without a penalty the optimum holds the log-likelihood already.
        bare = (
            best.value
            if penalty == 0 and not self.boundary_ and best.converged
            else evaluate(best.theta).value
        )
        self._keep(best, bare, scale=scale, n=n)
        return best

    def _keep(self, best: Optimum, log_likelihood: float, *, scale: float, n: float) -> None:
        units = np.array([scale if name in self.scales else 1.0 for name in self.parameters])
        names = list(self.parameters)
        slope = (best.theta - self._floor) * units
        inverse = np.linalg.pinv(-best.hessian, hermitian=True)
        self.params_ = pd.Series(best.theta * units, index=names)
        self.covariance_ = pd.DataFrame(np.outer(slope, slope) * inverse, index=names, columns=names)
        self.log_likelihood_ = log_likelihood
        self.gradient_norm_ = float(np.abs(best.gradient).max() / max(n, 1.0))
        self.n_customers_, self.iterations_, self.converged_ = float(n), best.iterations, best.converged
        self.message_ = ""
        if self.boundary_:
            self.message_ = (
                f"the data do not determine {', '.join(self.boundary_)}; a weak penalty keeps them finite: "
                "trust the predictions, not these parameters"
            )
        if not best.converged:
            self.note(f"the search did not converge in {best.iterations} steps")

    def note(self, text: str) -> None:
        """Add a text to `message_`."""
        self.message_ = f"{self.message_}; {text}" if self.message_ else text

    def to_dict(self) -> dict[str, Any]:
        """Return settings, parameters and covariance as plain JSON values."""
        self._check_fitted()
        return {
            "kind": type(self).__name__,
            "settings": self.get_params(deep=False),
            "parameters": {name: _plain(self.params_[name]) for name in self.parameters},
            "covariance": self.covariance_.to_numpy().tolist(),
            "log_likelihood": _plain(self.log_likelihood_),
            "gradient_norm": _plain(self.gradient_norm_),
            "n_customers": _plain(self.n_customers_),
            "iterations": int(self.iterations_),
            "converged": bool(self.converged_),
            "boundary": list(self.boundary_),
            "message": self.message_,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model of :meth:`to_dict`.

        Raises
        ------
        BundleError
            When the stored model is of another kind or incomplete.
        """
        if stored.get("kind") != cls.__name__:
            raise BundleError(f"this is not a stored {cls.__name__}", got=stored.get("kind"))
        try:
            model = cls(**stored["settings"])
            names = list(cls.parameters)
            model.params_ = pd.Series([_number(stored["parameters"][name]) for name in names], index=names)
            covariance = np.asarray(stored["covariance"], dtype=np.float64)
            model.covariance_ = pd.DataFrame(covariance, index=names, columns=names)
            model.log_likelihood_ = _number(stored["log_likelihood"])
            model.gradient_norm_ = _number(stored["gradient_norm"])
            model.n_customers_ = _number(stored["n_customers"])
            model.iterations_ = int(stored["iterations"])
            model.converged_ = bool(stored["converged"])
            model.boundary_ = tuple(stored["boundary"])
            model.message_ = str(stored["message"])
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"a stored {cls.__name__} is incomplete", got=repr(error)) from error
        return model

    def _check_fitted(self) -> None:
        if not hasattr(self, "params_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet – call fit(summary) first")


def _plain(value: float) -> float | None:
    """Return a number that JSON can hold: it has no "not a number"."""
    return float(value) if np.isfinite(value) else None


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
