"""The purchase models by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm_ml.base.validation import check_choice
from crm_ml.models.clv.bg_bb import BGBB
from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.erlang_nbd import ErlangNBD
from crm_ml.models.clv.mbg_nbd import MBGNBD
from crm_ml.models.clv.nbd import NBD
from crm_ml.models.clv.pareto_nbd import ParetoNBD
from crm_ml.models.clv.purchase_model import PurchaseModel

__all__ = ["PURCHASE_MODELS", "purchase_model_from_dict"]

PURCHASE_MODELS: Mapping[str, type[PurchaseModel]] = {
    model.__name__: model for model in (BGNBD, MBGNBD, ParetoNBD, BGBB, NBD, ErlangNBD)
}


def purchase_model_from_dict(stored: Mapping[str, Any]) -> PurchaseModel:
    """Return the fitted model that `to_dict` of any purchase model stored.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame({"frequency": [0, 1], "t_x": [0, 30], "T": [90, 90]})
    >>> type(purchase_model_from_dict(NBD().fit(summary).to_dict())).__name__
    'NBD'
    """
    name = check_choice(str(stored.get("kind")), PURCHASE_MODELS, what="purchase model")
    return PURCHASE_MODELS[name].from_dict(stored)
