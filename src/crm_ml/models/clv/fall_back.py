"""Which purchase model speaks: the wanted one, or the one without dropout where the data show none.

The same customers come by several times in one training: P(no purchase), money in the horizon, the blend
and the last fit ask for the same model of the same rows. It is fitted once and remembered by a digest of
the rows.
"""

from __future__ import annotations

import copy
import hashlib
from collections import OrderedDict

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crm_ml.models.clv.nbd import NBD
from crm_ml.models.clv.purchase_model import PurchaseModel
from crm_ml.models.clv.rows import read_rows

__all__ = ["fit_or_fall_back"]

_MOST_REMEMBERED = 16
_remembered: OrderedDict[str, PurchaseModel] = OrderedDict()


def fit_or_fall_back(
    model: PurchaseModel, summary: pd.DataFrame, sample_weight: ArrayLike | None = None
) -> PurchaseModel:
    """Fit a model; when the data show no dropout, return the model without dropout, which says so.

    Parameters
    ----------
    model : PurchaseModel
        Unfitted; it stays as it is.
    summary : DataFrame
        See :meth:`PurchaseModel.fit`.
    sample_weight : array-like, optional
        Weight of each row.

    Returns
    -------
    PurchaseModel
        Fitted; a copy of its own for every caller.
    """
    key = _digest(model, summary, sample_weight)
    found = _remembered.get(key)
    if found is None:
        found = _fitted(copy.deepcopy(model), summary, sample_weight)
        _remembered[key] = found
        if len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return copy.deepcopy(found)


def _digest(model: PurchaseModel, summary: pd.DataFrame, sample_weight: ArrayLike | None) -> str:
    rows = read_rows(summary, sample_weight)
    told = (type(model).__qualname__, sorted(model.get_params().items()), "count" in summary.columns)
    digest = hashlib.sha256(repr(told).encode())
    for column in (rows.x, rows.t_x, rows.T, rows.count, rows.log_gaps):
        digest.update(b"none" if column is None else np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def _fitted(model: PurchaseModel, summary: pd.DataFrame, sample_weight: ArrayLike | None) -> PurchaseModel:
    model.fit(summary, sample_weight=sample_weight)
    if isinstance(model, NBD) or not model.comparable_with_nbd:
        return model
    plain = NBD(time_unit=model.time_unit, penalty=model.penalty).fit(summary, sample_weight=sample_weight)
    gain = model.log_likelihood_ - plain.log_likelihood_
    # Akaike: each parameter more has to bring 1 of log-likelihood.
    if gain >= len(model.parameters) - len(plain.parameters):
        return model
    plain.note(
        f"no dropout is visible (log-likelihood gain of {type(model).__name__} over NBD: {gain:.2f}): "
        "predictions come from NBD, in which customers slow down but never stop"
    )
    return plain
