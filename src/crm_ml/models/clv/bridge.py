"""Models fitted with the lifetimes package, taken over without a new fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice
from crm_ml.models.clv.base import LikelihoodModel
from crm_ml.models.clv.bg_bb import BGBB
from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.gamma_gamma import GammaGamma
from crm_ml.models.clv.mbg_nbd import MBGNBD
from crm_ml.models.clv.pareto_nbd import ParetoNBD
from crm_ml.models.clv.purchase_model import PurchaseModel

__all__ = ["from_lifetimes"]

_OURS: dict[str, type[LikelihoodModel]] = {
    "BetaGeoFitter": BGNBD,
    "ModifiedBetaGeoFitter": MBGNBD,
    "ParetoNBDFitter": ParetoNBD,
    "BetaGeoBetaBinomFitter": BGBB,
    "GammaGammaFitter": GammaGamma,
}


def from_lifetimes(fitter: Any, *, time_unit: str = "day") -> LikelihoodModel:
    """Return the model of crm_ml with the parameters of a fitted lifetimes model.

    Parameters
    ----------
    fitter : object
        A fitted `BetaGeoFitter`, `ModifiedBetaGeoFitter`, `ParetoNBDFitter`, `BetaGeoBetaBinomFitter` or
        `GammaGammaFitter`; lifetimes itself is not needed.
    time_unit : str
        Unit of the time it was fitted in, which lifetimes does not store.

    Returns
    -------
    LikelihoodModel
        Without covariance: that of lifetimes is wrong off its diagonal. Fit anew for intervals.

    Raises
    ------
    InputError
        When the object is no such fitter, or is not fitted.
    """
    name = check_choice(type(fitter).__name__, _OURS, what="lifetimes model")
    ours = _OURS[name]
    params = getattr(fitter, "params_", None)
    if params is None:
        raise InputError(f"this {name} is not fitted", do="call its fit first")
    model = ours(time_unit=time_unit) if issubclass(ours, PurchaseModel) else ours()
    names = list(ours.parameters)
    size = len(names)
    model.params_ = pd.Series([float(params[one]) for one in names], index=names)
    model.covariance_ = pd.DataFrame(np.zeros((size, size)), index=names, columns=names)
    model.log_likelihood_, model.gradient_norm_, model.n_customers_ = np.nan, np.nan, np.nan
    model.iterations_, model.converged_, model.boundary_ = 0, True, ()
    model.message_ = "parameters taken over from lifetimes: fit anew for intervals"
    if isinstance(model, GammaGamma):
        model.left_out_, model.correlation_ = 0, np.nan
    return model
