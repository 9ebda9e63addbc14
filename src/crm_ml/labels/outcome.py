"""What every known customer did in the label period; the ground under every label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_ml.data.normal import customer_days
from crm_ml.data.windows import Window, before, check_observed, within

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = ["by_customer", "outcome"]


def outcome(tx: Transactions, window: Window) -> pd.DataFrame:
    """Return what every customer known before the cutoff did in the horizon.

    Parameters
    ----------
    tx : Transactions
        The log.
    window : Window
        Cutoff and horizon, fully observed.

    Returns
    -------
    DataFrame
        Index ``customer_id``, sorted; columns ``purchases`` (days with a purchase, int64) and ``value``
        (money in 1/10 000, or purchase days where there are no amounts, int64). Zero for who stayed away.

    Raises
    ------
    WindowError
        When the horizon is not fully observed: what nobody saw is never labelled "no".
    """
    import narwhals as nw

    check_observed(tx, window)
    days = customer_days(tx)
    known = before(days, window.cutoff).filter(nw.col("purchase") == 1).select("customer_id").unique()
    happened = (
        within(days, window)
        .group_by("customer_id")
        .agg(purchases=nw.col("purchase").sum(), value=nw.col("value").sum())
    )
    everybody = known.join(happened, on="customer_id", how="left")
    zero = [nw.col(name).fill_null(0).cast(nw.Int64) for name in ("purchases", "value")]
    return by_customer(tx, everybody.with_columns(*zero))


def by_customer(tx: Transactions, frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    """Compute a frame with one row a customer; return it indexed by ``customer_id``, sorted."""
    table: pd.DataFrame = tx.engine.to_arrow(frame).to_pandas()
    return table.set_index("customer_id").sort_index()
