"""Stopped: a known customer who does not buy in the horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.data.windows import Window
from crm_ml.labels.outcome import outcome
from crm_ml.labels.settings import LabelSettings

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = ["label_stopped", "read_stopped"]


def label_stopped(tx: Transactions, window: Window, settings: LabelSettings | None = None) -> pd.Series:
    """Return whether each known customer stays away in the horizon.

    Returns, cancellations and adjustments are no purchases.

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
    Series of dtype boolean
        Index ``customer_id``, sorted: all customers known before the cutoff.

    Raises
    ------
    WindowError
        When the horizon is not fully observed.
    """
    del settings
    return read_stopped(outcome(tx, window))


def read_stopped(happened: pd.DataFrame) -> pd.Series:
    """Return the label from the column ``purchases`` of the horizon."""
    return (happened["purchases"] == 0).astype("boolean").rename("stopped")
