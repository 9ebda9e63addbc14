"""Value: what a known customer spends in the horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import Window
from crm_ml.labels.outcome import outcome
from crm_ml.labels.settings import LabelSettings

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = ["label_value"]


def label_value(tx: Transactions, window: Window, settings: LabelSettings | None = None) -> pd.Series:
    """Return the money that each known customer spends in the horizon, returns subtracted.

    Parameters
    ----------
    tx : Transactions
        The log.
    window : Window
        Cutoff and horizon, fully observed.
    settings : LabelSettings, optional
        Not used by this label; every label takes the same arguments.

    Returns
    -------
    Series of dtype Float64
        Index ``customer_id``, sorted; currency units, or purchase days where there are no amounts.

    Raises
    ------
    WindowError
        When the horizon is not fully observed.
    """
    del settings
    value = outcome(tx, window)["value"]
    return (value / (MONEY_SCALE if tx.has_money else 1)).astype("Float64").rename("value")
