"""The BTYD summary: (frequency, t_x, T, monetary value) a customer, or counted by (frequency, t_x, T)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw

from crm_ml.data.windows import DateLike
from crm_ml.features.build import build_features

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = ["rfm_summary"]

_TIMES = ("frequency", "t_x", "T")


def rfm_summary(tx: Transactions, cutoff: DateLike, *, grouped: bool = False) -> pd.DataFrame:
    """Return what the buy-till-you-die models are fitted on, in days.

    Parameters
    ----------
    tx : Transactions
        The log.
    cutoff : date-like
        End of the observed period; only days before it are seen.
    grouped : bool
        Count customers with equal (frequency, t_x, T) inside the engine: the times are all that BG/NBD and
        its relatives need, and the groups are far fewer than the customers.

    Returns
    -------
    DataFrame
        index ``customer_id``, columns ``frequency, t_x, T`` (int64), ``monetary_value`` and ``first_value``
        (float64, when there are amounts); grouped: columns ``frequency, t_x, T, count``, sorted.

    Notes
    -----
    ``T`` runs to the cutoff: equal to lifetimes with ``observation_period_end`` = cutoff. Papers that count
    to the last observed day have a `T` one day shorter.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> tx = load_cdnow(sample=True)
    >>> rfm_summary(tx, "1997-10-01").head(2)
                 frequency  t_x    T  monetary_value  first_value
    customer_id
    00004                2  213  273          22.345        29.33
    00018                0    0  270           0.000        14.96
    >>> int(rfm_summary(tx, "1997-10-01", grouped=True)["count"].sum())
    2357
    """
    if not grouped:
        names = [*_TIMES, "monetary_value", "first_value"] if tx.has_money else list(_TIMES)
        return build_features(tx, cutoff, features=names)
    customers = nw.from_native(build_features(tx, cutoff, features=_TIMES, output="native")).lazy()
    groups = customers.group_by(*_TIMES).agg(nw.len().cast(nw.Int64).alias("count")).sort(*_TIMES)
    counts: pd.DataFrame = tx.engine.to_arrow(groups).to_pandas()
    return counts
