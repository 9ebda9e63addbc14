"""Segment: the class that a customer will belong to, judged by the horizon alone.

The borders between classes are fitted on the period of the same length just before the cutoff, so that a
label never depends on how others did in the horizon, and "becoming a top customer" means the money that
made one a top customer until now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.base.exceptions import InputError
from crm_ml.classes.pyramid import PYRAMID, Pyramid
from crm_ml.classes.rfm_scores import SEGMENTS, RfmScores
from crm_ml.classes.tiers import TIERS, ValueTiers
from crm_ml.data.normal import customer_days
from crm_ml.data.windows import Window, as_day, between
from crm_ml.labels.outcome import by_customer, outcome
from crm_ml.labels.settings import LabelSettings

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = ["INACTIVE", "label_segment"]

INACTIVE = "inactive"
_CLASSES = {"pyramid": PYRAMID, "tier": TIERS, "rfm": (*SEGMENTS, INACTIVE)}


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
        Index ``customer_id``, sorted: all customers known before the cutoff; ``inactive`` for those who buy
        nothing, or nothing on balance.

    Raises
    ------
    WindowError
        When the horizon is not fully observed.
    InputError
        When the class follows from more than purchases.
    """
    import pandas as pd

    kind = (settings or LabelSettings()).segment
    if kind not in _CLASSES:
        raise InputError(
            f"{kind} follows from more than purchases",
            do="take label_next_class (crm_ml.analysis.next_class), or a config with labels.segment",
        )
    everybody = outcome(tx, window).index
    start = max(window.cutoff_day - window.horizon_days, as_day(tx.first_day))
    before = _active(tx, start, window.cutoff_day)
    now = _active(tx, window.cutoff_day, window.end_day)
    now = now.loc[now.index.intersection(everybody)]
    if kind == "rfm":
        classes = RfmScores(money="value").fit(before).transform(now)["segment"]
    else:
        # A history shorter than the horizon is stretched to its length.
        stretch = window.horizon_days / (window.cutoff_day - start)
        breaks = Pyramid() if kind == "pyramid" else ValueTiers()
        classes = breaks.fit(before["value"] * stretch).transform(now["value"])
    labels = classes.reindex(everybody).fillna(INACTIVE).rename("segment")
    return labels.astype(pd.CategoricalDtype(list(_CLASSES[kind])))


def _active(tx: Transactions, start: int, end: int) -> pd.DataFrame:
    """Return recency, purchase days and value of everybody who bought from `start` to before `end`."""
    import narwhals as nw

    purchase = nw.col("purchase") == 1
    sums = (
        between(customer_days(tx), start, end)
        .group_by("customer_id")
        .agg(
            last=nw.when(purchase).then(nw.col("day")).max(),
            purchase_days=nw.col("purchase").sum().cast(nw.Int64),
            value=nw.col("value").sum().cast(nw.Int64),
        )
    )
    bought = sums.filter(nw.col("purchase_days") > 0).with_columns(recency_days=nw.lit(end) - nw.col("last"))
    return by_customer(tx, bought.drop("last"))
