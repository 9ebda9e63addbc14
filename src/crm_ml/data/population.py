"""Who is known at a cutoff; uses nothing after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_ml.data.windows import DateLike, before

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.transactions import Transactions

__all__ = ["known"]


def known(tx: Transactions, cutoff: DateLike) -> nw.LazyFrame[Any]:
    """Return the customers with at least one row before the cutoff.

    Parameters
    ----------
    tx : Transactions
        The log.
    cutoff : date-like
        First day of the future.

    Returns
    -------
    narwhals LazyFrame
        ``customer_id``; ``first_day`` and ``last_day`` (Int64, of purchases; null for a customer who only
        brought something back); ``purchase_days`` (Int64). Who of them is *established* is told by
        :func:`crm_ml.data.normal.own_normal`, which knows the baseline.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> tx = load_cdnow(sample=True)
    >>> tx.engine.to_arrow(known(tx, "1997-10-01")).num_rows
    2357
    """
    import narwhals as nw

    bought = nw.when(nw.col("is_purchase")).then(nw.col("day"))
    return (
        before(tx.log, cutoff)
        .with_columns(bought.alias("__bought"))
        .group_by("customer_id")
        .agg(
            nw.col("__bought").min().alias("first_day"),
            nw.col("__bought").max().alias("last_day"),
            # Counting distinct values and dropping nulls differ between engines; this is the same on all.
            nw.col("__bought").n_unique().cast(nw.Int64).alias("__days"),
            nw.col("__bought").is_null().cast(nw.Int64).max().alias("__null"),
        )
        .with_columns(
            (nw.col("__days") - nw.when(nw.col("__null") > 0).then(1).otherwise(0)).alias("purchase_days")
        )
        .select("customer_id", "first_day", "last_day", "purchase_days")
    )
