"""Customer lifetime value: expected purchases times their value, discounted, with intervals."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.base.validation import check_positive
from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.catalog import purchase_model_from_dict
from crm_ml.models.clv.fall_back import fit_or_fall_back
from crm_ml.models.clv.gamma_gamma import GammaGamma, value_history
from crm_ml.models.clv.intervals import deviation, limits
from crm_ml.models.clv.purchase_model import DAYS, PurchaseModel
from crm_ml.models.clv.rows import Array, distinct, read_column, read_rows

__all__ = ["LifetimeValue"]

_COLUMNS = (
    *("clv", "clv_low", "clv_high"),
    *("expected_purchases", "expected_purchases_low", "expected_purchases_high"),
    *("probability_no_purchase", "probability_alive", "expected_value"),
)


class LifetimeValue(BaseEstimator):  # type: ignore[misc]
    """What each customer will bring in over a horizon.

    ``clv = margin * expected value of a purchase * discounted expected purchases``. Purchases are discounted
    continuously at the annual rate; the past is sunk and not part of it.

    Parameters
    ----------
    purchases : PurchaseModel, optional
        Model of buying and stopping; :class:`BGNBD` when not given. When it cannot see dropout in the data,
        the fit falls back to :class:`NBD` and `message_` says so.
    value : GammaGamma, optional
        Model of the value of a purchase.
    margin : float
        Share of revenue that is kept; 1 gives revenue.

    Attributes
    ----------
    purchases_ : PurchaseModel
        The fitted purchase model that is used.
    value_ : GammaGamma or None
        The fitted value model; None when the summary has no `monetary_value`: `clv` is then missing.
    message_ : str
        What a reader must know; empty when there is nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame(
    ...     {"frequency": [0, 1, 2, 6], "t_x": [0, 60, 200, 260], "T": [280] * 4,
    ...      "count": [600, 200, 90, 110], "monetary_value": [0.0, 20.0, 35.0, 50.0]}
    ... )
    >>> model = LifetimeValue(BGNBD(), GammaGamma(), margin=0.4).fit(summary)
    >>> model.predict(horizon_days=365)[["clv", "expected_purchases", "probability_no_purchase"]].round(2)
          clv  expected_purchases  probability_no_purchase
    0    3.68                0.30                     0.79
    1    3.91                0.51                     0.77
    2   32.15                2.41                     0.19
    3  125.50                6.58                     0.01
    """

    purchases_: PurchaseModel
    value_: GammaGamma | None
    message_: str

    def __init__(
        self, purchases: PurchaseModel | None = None, value: GammaGamma | None = None, *, margin: float = 1.0
    ) -> None:
        self.purchases = purchases
        self.value = value
        self.margin = margin

    def fit(self, summary: pd.DataFrame, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Fit both models on one summary.

        Parameters
        ----------
        summary : DataFrame
            Columns `frequency, t_x, T`, and `monetary_value` for money; optionally `first_value`, `count`.
        y : ignored
            For scikit-learn.
        sample_weight : array-like, optional
            Weight of each row.

        Raises
        ------
        InputError
            When a column is missing or a value is impossible.
        """
        check_positive(self.margin, what="margin")
        wanted = BGNBD() if self.purchases is None else clone(self.purchases)
        self.purchases_ = fit_or_fall_back(wanted, summary, sample_weight)
        messages = [self.purchases_.message_]
        if read_column(summary, "monetary_value") is None:
            self.value_ = None
            messages.append("there are no amounts: purchases are predicted, their value is not")
        else:
            self.value_ = GammaGamma() if self.value is None else clone(self.value)
            self.value_.fit(summary, sample_weight=sample_weight)
            messages.append(self.value_.message_)
        self.message_ = "; ".join(message for message in messages if message)
        self._summary = summary
        return self

    def predict(
        self,
        summary: pd.DataFrame | None = None,
        *,
        horizon_days: float = 365,
        discount_rate: float = 0.1,
        interval: float | None = 0.9,
    ) -> pd.DataFrame:
        """Return the lifetime value of each customer and what it is made of.

        Parameters
        ----------
        summary : DataFrame, optional
            Customers to predict; those of the fit when not given.
        horizon_days : float
            How far to look ahead, in days, whatever the time unit of the model.
        discount_rate : float
            Annual rate, 0.1 for 10 %; 0 for no discounting.
        interval : float, optional
            Level of the limits, which hold the uncertainty of the parameters; None for no limits.

        Returns
        -------
        DataFrame
            Index of the summary; columns `clv, clv_low, clv_high, expected_purchases, expected_purchases_low,
            expected_purchases_high, probability_no_purchase, probability_alive, expected_value`.
        """
        self._check_fitted()
        summary = self._fitted_summary() if summary is None else summary
        horizon = check_positive(horizon_days, what="horizon_days") / self.purchases_.days_per_unit
        force = self._force_of_interest(discount_rate)
        rows, inverse = read_rows(summary).grouped()

        def purchases(model: PurchaseModel) -> Array:
            return model.purchases_of(rows, horizon, force)

        expected, discounted = purchases(self.purchases_)[:, inverse]
        alive, none = self.purchases_.chances_of(rows, horizon)[:, inverse]
        value, value_spread = self._values(summary, interval is not None)
        table = {"clv": self.margin * value * discounted, "expected_purchases": expected}
        if interval is not None:
            spread, discounted_spread = deviation(self.purchases_, purchases)[:, inverse]
            # Buying and value are fitted apart, so that their relative variances add up.
            spreads = {"clv": np.hypot(discounted_spread, value_spread), "expected_purchases": spread}
            for name, one in spreads.items():
                table[f"{name}_low"], table[f"{name}_high"] = limits(table[name], one, interval)
        table |= {"probability_no_purchase": none, "probability_alive": alive, "expected_value": value}
        return pd.DataFrame(
            {name: table[name] for name in _COLUMNS if name in table}, index=summary.index, copy=False
        )

    def with_models(
        self, *, purchases: PurchaseModel | None = None, value: GammaGamma | None = None
    ) -> LifetimeValue:
        """Return the same lifetime value with another fitted model in place of one of its own."""
        other = copy.copy(self)
        other.purchases_ = self.purchases_ if purchases is None else purchases
        other.value_ = self.value_ if value is None else value
        return other

    def _values(self, summary: pd.DataFrame, with_spread: bool) -> tuple[Array, Array]:
        """Return the expected value of a purchase and its relative deviation."""
        model = self.value_
        if model is None or read_column(summary, "monetary_value") is None:
            missing = np.full(len(summary), np.nan)
            return missing, missing
        x, m = value_history(summary)
        first, inverse = distinct(x, m)
        x, m = x[first], m[first]
        value = model.value_of(x, m)
        spread = deviation(model, lambda one: one.value_of(x, m)) if with_spread else np.zeros(len(x))
        return value[inverse], spread[inverse]

    def _force_of_interest(self, discount_rate: float) -> float:
        if not 0 <= discount_rate < np.inf:
            raise InputError(
                "the annual discount rate must be 0 or more", got=discount_rate, do="write 0.1 for 10 %"
            )
        return float(np.log1p(discount_rate)) * self.purchases_.days_per_unit / DAYS["year"]

    def _fitted_summary(self) -> pd.DataFrame:
        summary: pd.DataFrame | None = getattr(self, "_summary", None)
        if summary is None:
            raise InputError("a stored model holds no customers", do="give predict a summary")
        return summary

    def _check_fitted(self) -> None:
        if not hasattr(self, "purchases_"):
            raise NotFittedError("this LifetimeValue is not fitted yet – call fit(summary) first")

    def to_dict(self) -> dict[str, Any]:
        """Return both fitted models as plain JSON values."""
        self._check_fitted()
        return {
            "kind": type(self).__name__,
            "margin": float(self.margin),
            "purchases": self.purchases_.to_dict(),
            "value": None if self.value_ is None else self.value_.to_dict(),
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
        if stored.get("kind") != cls.__name__ or not {"margin", "purchases", "value"} <= set(stored):
            raise BundleError(f"this is not a stored {cls.__name__}", got=sorted(stored))
        model = cls(margin=float(stored["margin"]))
        model.purchases_ = purchase_model_from_dict(stored["purchases"])
        model.value_ = None if stored["value"] is None else GammaGamma.from_dict(stored["value"])
        model.message_ = str(stored.get("message", ""))
        return model
