"""At risk: stays, dries up or stops, as one label, so that the probabilities add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.data.windows import Window
from crm_ml.labels.behaviour import behaviour
from crm_ml.labels.settings import LabelSettings

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = ["label_at_risk", "read_at_risk"]


def label_at_risk(tx: Transactions, window: Window, settings: LabelSettings | None = None) -> pd.Series:
    """Return what each established customer does in the horizon: stays, dries_up or stops.

    Parameters
    ----------
    tx : Transactions
        The log.
    window : Window
        Cutoff and horizon, fully observed.
    settings : LabelSettings, optional
        Thresholds; defaults when not given.

    Returns
    -------
    Series of dtype category
        Index ``customer_id``, sorted: all customers known before the cutoff, missing for those without an
        established pattern.

    Raises
    ------
    WindowError
        When the horizon is not fully observed.
    """
    return read_at_risk(behaviour(tx, window, settings))


def read_at_risk(table: pd.DataFrame) -> pd.Series:
    """Return the label from the column ``state`` of the behaviour."""
    return table["state"].rename("at_risk")
