"""Customer equity: what the base is worth, and what changed it between two dates."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import numpy as np
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.base.result import Result
from crm_ml.models.clv.intervals import deviation, limits
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.purchase_model import PurchaseModel
from crm_ml.models.clv.rows import Array, total

__all__ = ["cohort_forecast", "customer_equity", "equity_bridge", "equity_deviation"]


def customer_equity(
    model: LifetimeValue,
    summary: pd.DataFrame,
    *,
    horizon_days: float = 365,
    discount_rate: float = 0.1,
    interval: float = 0.9,
    by: pd.Series | None = None,
    basis: str = "",
) -> Result:
    """Return the lifetime value of all customers together, with the uncertainty of the parameters.

    Parameters
    ----------
    model : fitted LifetimeValue
    summary : DataFrame
        The customers of today.
    horizon_days, discount_rate, interval
        See :meth:`LifetimeValue.predict`.
    by : Series, optional
        Group of each customer (a cohort, a segment), index of `summary`.
    basis : str
        What the money is, for the result: ``"revenue"``, ``"margin"``.

    Returns
    -------
    Result
        A row a group and one for `total`: `customers, equity, equity_low, equity_high, expected_purchases`.
        The limits of a sum are not the sum of limits: parameters err for all customers together.
    """
    group = pd.Series("total", index=summary.index) if by is None else by.reindex(summary.index).astype(str)
    labels, code = np.unique(group.to_numpy(dtype=str), return_inverse=True)

    def sums(one: LifetimeValue) -> Array:
        table = one.predict(summary, horizon_days=horizon_days, discount_rate=discount_rate, interval=None)
        by_group = total(code, table["clv"].to_numpy())
        return np.append(by_group, by_group.sum())

    equity = sums(model)
    low, high = limits(equity, equity_deviation(model, sums), interval)
    expected = model.purchases_.expected_purchases(summary, horizon_days / model.purchases_.days_per_unit)
    purchases = total(code, expected.to_numpy())
    table = pd.DataFrame(
        {
            "customers": np.append(np.bincount(code), len(summary)),
            "equity": equity,
            "equity_low": low,
            "equity_high": high,
            "expected_purchases": np.append(purchases, purchases.sum()),
        },
        index=pd.Index([*labels, "total"], name="group"),
    )
    return Result(
        name="customer_equity",
        table=table if by is not None else table.tail(1),
        parameters={"horizon_days": horizon_days, "discount_rate": discount_rate, "interval": interval},
        basis=basis,
        n=len(summary),
        warnings=(model.message_,) if model.message_ else (),
        formula="sum of clv; limits by the delta method on the sum",
        source="Gupta, Lehmann & Stuart (2004), Valuing customers",
        figures={"equity": float(equity[-1])},
    )


def equity_deviation(model: LifetimeValue, amounts: Callable[[LifetimeValue], Array]) -> Array:
    """Return the deviation of logarithms of amounts of money, from the parameters of both models."""
    spread = deviation(model.purchases_, lambda one: amounts(model.with_models(purchases=one)))
    if model.value_ is None:
        return spread
    # Buying and value are fitted apart, so that their relative variances add up.
    other = deviation(model.value_, lambda one: amounts(model.with_models(value=one)))
    result: Array = np.hypot(spread, other)
    return result


def equity_bridge(before: pd.Series, after: pd.Series, *, basis: str = "") -> Result:
    """Return what changed the equity between two dates.

    Parameters
    ----------
    before, after : Series
        Lifetime value of each customer at the two dates (column `clv` of predict), index customer. Use one
        frozen model for both, or the bridge mixes customers with parameters;
        :func:`crm_ml.models.clv.equity_change.equity_change` does so, and adds limits.
    basis : str
        What the money is, for the result.

    Returns
    -------
    Result
        Rows that add up: start, new customers, customers who became worth more, who became worth less, who
        are no longer in the base, end.

    Raises
    ------
    InputError
        When a customer appears twice.

    Examples
    --------
    >>> before = pd.Series({"a": 10.0, "b": 20.0, "c": 5.0})
    >>> after = pd.Series({"a": 12.0, "b": 4.0, "d": 7.0})
    >>> equity_bridge(before, after).table["amount"].tolist()
    [35.0, 7.0, 2.0, -16.0, -5.0, 23.0]
    """
    for name, values in (("before", before), ("after", after)):
        if values.index.has_duplicates:
            twice: Hashable = values.index[values.index.duplicated()][0]
            raise InputError(f"a customer appears twice in {name}", got=twice, do="give one row a customer")
    stayed = before.index.intersection(after.index)
    change = after[stayed] - before[stayed]
    parts = [
        ("start", before),
        ("new customers", after[after.index.difference(before.index)]),
        ("worth more", change[change > 0]),
        ("worth less", change[change < 0]),
        ("no longer in the base", -before[before.index.difference(after.index)]),
        ("end", after),
    ]
    table = pd.DataFrame(
        {"customers": [len(part) for _, part in parts], "amount": [float(part.sum()) for _, part in parts]},
        index=pd.Index([name for name, _ in parts], name="step"),
    )
    return Result(
        name="equity_bridge",
        table=table,
        basis=basis,
        n=len(before.index.union(after.index)),
        formula="end = start + new + worth more + worth less + no longer in the base",
    )


def cohort_forecast(
    model: LifetimeValue,
    summary: pd.DataFrame,
    cohort: pd.Series,
    horizons_days: list[float],
    *,
    interval: float = 0.9,
) -> Result:
    """Return the expected purchases of each cohort to each of several horizons.

    Parameters
    ----------
    model : fitted LifetimeValue
    summary : DataFrame
        The customers of today.
    cohort : Series
        Cohort of each customer, index of `summary`.
    horizons_days : list of float
        Horizons, such as every 30 days.
    interval : float
        Level of the limits (uncertainty of the parameters).

    Returns
    -------
    Result
        A row a cohort and horizon: `expected_purchases, low, high`.
    """
    labels, code = np.unique(cohort.reindex(summary.index).to_numpy(dtype=str), return_inverse=True)
    unit, parts = model.purchases_.days_per_unit, []
    for days in horizons_days:
        horizon = days / unit

        def sums(one: PurchaseModel, horizon: float = horizon) -> Array:
            return total(code, one.expected_purchases(summary, horizon).to_numpy())

        expected, spread = sums(model.purchases_), deviation(model.purchases_, sums)
        low, high = limits(expected, spread, interval)
        columns = {"horizon_days": days, "expected_purchases": expected, "low": low, "high": high}
        parts.append(pd.DataFrame(columns, index=pd.Index(labels, name="cohort")))
    return Result(
        name="cohort_forecast",
        table=pd.concat(parts),
        parameters={"horizons_days": list(horizons_days), "interval": interval},
        n=len(summary),
        formula="sum over the cohort of the expected purchases of each customer",
    )
