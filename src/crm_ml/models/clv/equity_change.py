"""What changed the equity between two dates, with the uncertainty of the model that tells."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from crm_ml.base.result import Result
from crm_ml.models.clv.equity import equity_bridge, equity_deviation
from crm_ml.models.clv.intervals import limits
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.rows import Array

__all__ = ["equity_change"]


def equity_change(
    model: LifetimeValue,
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    horizon_days: float = 365,
    discount_rate: float = 0.1,
    interval: float = 0.9,
    basis: str = "",
) -> Result:
    """Return the bridge between the equity of two dates as one model sees it, with limits.

    Parameters
    ----------
    model : fitted LifetimeValue
        Values both dates, so that the bridge holds customers and no change of parameters.
    before, after : DataFrame
        Summaries at the two dates, index customer.
    horizon_days, discount_rate, interval
        See :meth:`LifetimeValue.predict`.
    basis : str
        What the money is, for the result.

    Returns
    -------
    Result
        Rows of :func:`crm_ml.models.clv.equity.equity_bridge`; columns `customers, amount, low, high`. The
        amounts add up, their limits do not: parameters err for all rows together.

    Raises
    ------
    InputError
        When a customer appears twice, or a column is missing or impossible.

    Examples
    --------
    >>> columns = {"frequency": [0, 1, 2, 6], "t_x": [0, 60, 200, 260], "T": [280] * 4}
    >>> money = {"count": [600, 200, 90, 110], "monetary_value": [0.0, 20.0, 35.0, 50.0]}
    >>> today = pd.DataFrame({**columns, **money}, index=list("abcd"))
    >>> later = today.drop(index="a").assign(T=310)
    >>> found = equity_change(LifetimeValue().fit(today), today, later)
    >>> found.table[["amount", "low", "high"]].round().astype(int).loc["worth less"].tolist()
    [-33, -35, -31]
    """

    def bridge(one: LifetimeValue) -> Result:
        options = {"horizon_days": horizon_days, "discount_rate": discount_rate}
        values = [one.predict(table, interval=None, **options)["clv"] for table in (before, after)]
        return equity_bridge(*values, basis=basis)

    def sizes(one: LifetimeValue) -> Array:
        return bridge(one).table["amount"].abs().to_numpy()

    found = bridge(model)
    amounts = found.table["amount"].to_numpy()
    # Each row has a sign of its own whatever the parameters: limits are made on the logarithm of its size.
    near, far = limits(np.abs(amounts), equity_deviation(model, sizes), interval)
    low, high = np.where(amounts < 0, (-far, -near), (near, far))
    return dataclasses.replace(
        found,
        name="equity_change",
        table=found.table.assign(low=low, high=high),
        parameters={"horizon_days": horizon_days, "discount_rate": discount_rate, "interval": interval},
        warnings=(model.message_,) if model.message_ else (),
        formula=f"{found.formula}; limits by the delta method on each row",
    )
