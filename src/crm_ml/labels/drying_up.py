"""Drying up: an established customer who still buys, and far less than the own normal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.data.windows import Window
from crm_ml.labels.behaviour import behaviour
from crm_ml.labels.settings import LabelSettings

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = ["label_drying_up", "read_drying_up"]


def label_drying_up(tx: Transactions, window: Window, settings: LabelSettings | None = None) -> pd.Series:
    """Return whether each established customer still buys, yet too little or less and less.

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
    Series of dtype boolean
        Index ``customer_id``, sorted: all customers known before the cutoff. False for who stays and for
        who stops; missing for customers without an established pattern.

    Raises
    ------
    WindowError
        When the horizon is not fully observed.
    """
    return read_drying_up(behaviour(tx, window, settings))


def read_drying_up(table: pd.DataFrame) -> pd.Series:
    """Return the label from the column ``state`` of the behaviour."""
    state = table["state"]
    return (state == "dries_up").astype("boolean").mask(state.isna()).rename("drying_up")
