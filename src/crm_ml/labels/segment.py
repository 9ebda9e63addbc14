"""Segment: the class that a customer will belong to, judged by the horizon alone.

The borders between classes are fitted on the period of the same length just before the cutoff, so that a
label never depends on how others did in the horizon, and "becoming a top customer" means the money that
made one a top customer until now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.data.normal import customer_days
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import Window, as_date, between
from crm_ml.labels.outcome import by_customer, outcome
from crm_ml.labels.settings import LabelSettings

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = ["label_segment"]

INACTIVE = "inactive"


def label_segment(tx: Transactions, window: Window, settings: LabelSettings | None = None) -> pd.Series:
    """Return the class of each known customer in the horizon, newcomers included.

    Parameters
    ----------
    tx : Transactions
        The log.
    window : Window
        Cutoff and horizon, fully observed.
    settings : LabelSettings, optional
        ``settings.segment`` picks the classes: the customer pyramid, RFM segments or value tiers.

    Returns
    -------
    Series of dtype category
        Index ``customer_id``, sorted: all customers known before the cutoff; ``inactive`` for those who do
        not buy.

    Raises
    ------
    WindowError
        When the horizon is not fully observed.
    """
    raise NotImplementedError
