"""What a purchase-process model expects of each customer, as features of the other models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.models.btyd import BTYD_COLUMNS
from crm_ml.models.clv.features import BTYDFeatures
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.pareto_nbd import ParetoNBD

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["with_btyd_features"]


def with_btyd_features(X: pd.DataFrame, horizon_days: int) -> tuple[pd.DataFrame, BTYDFeatures | None]:
    """Return the panel with BTYD columns, and the transformer that made them.

    Fitted on the earliest snapshot and frozen: its parameters know nothing of any later cutoff.

    Parameters
    ----------
    X : DataFrame
        Index ``customer_id, cutoff``.
    horizon_days : int
        Horizon of the expectations.
    """
    if not set(BTYD_COLUMNS) <= set(X.columns):
        return X, None  # the config chose features without them
    cutoffs = X.index.get_level_values("cutoff")
    made = BTYDFeatures(LifetimeValue(ParetoNBD()), horizon_days=horizon_days).fit(
        X[cutoffs == cutoffs.min()]
    )
    return X.join(_without_empty(made.transform(X))), made


def _without_empty(columns: pd.DataFrame) -> pd.DataFrame:
    return columns.dropna(axis="columns", how="all")  # no amounts: no expected value
