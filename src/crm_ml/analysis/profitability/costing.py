"""Activity-based costing: what each customer causes, allocated so that the lines add up to the pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.apportion import apportion
from crm_ml.analysis.day_table import has_margin
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric, plain_table
from crm_ml.analysis.totals import customer_totals, last_window
from crm_ml.analysis.words import Note, note
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_fraction
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["allocate_pools", "customer_profit", "forward_profit"]


def customer_profit(
    source: Transactions | IntoFrame,
    costs: IntoFrame | None,
    *,
    margin_rate: float | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Subtract from each customer's margin the costs that it causes.

    Parameters
    ----------
    source : Transactions or table
        The log with profit or cost, or a table ``customer_id, revenue, margin``.
    costs : table, optional
        ``activity, customer_id, driver_quantity, pool_cost``: how often each customer causes an activity, and
        what the activity costs in all (the same on every row of it). A row without customer names a pool
        without driver; it stays unallocated and is shown.
    margin_rate : float, optional
        Margin as a share of revenue where the log has no cost; the basis then says ``estimated``.
    as_of, period_days
        The period; the pools must be those of the same period.

    Returns
    -------
    Result
        One row an activity: ``pool, allocated, unknown_customers, unallocated, rate_per_unit``; adds up to
        the pool.
        ``tables["customers"]``: ``customer_id, revenue, margin, cost_to_serve, profit, margin_percent``;
        ``tables["cost_lines"]``: one row a customer and activity.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["a", "b"], "revenue": [100, 80], "margin": [40.0, 30.0]})
    >>> costs = pd.DataFrame({"activity": "visit", "customer_id": ["a", "b"], "driver_quantity": [1, 2],
    ...                       "pool_cost": 60.0})
    >>> customer_profit(customers, costs).tables["customers"][["customer_id", "cost_to_serve", "profit"]]
      customer_id  cost_to_serve  profit
    0           a           20.0    20.0
    1           b           40.0   -10.0
    """
    if costs is None:
        return not_computed("customer_profit", "costs")
    customers, basis, parameters = _margins(source, margin_rate, as_of, period_days)
    if customers is None:
        return not_computed("customer_profit", "cost")
    lines, pools = allocate_pools(costs)
    known = lines["customer_id"].isin(customers.index)
    per_customer = lines[known].groupby("customer_id")["units"].sum()
    customers["cost_to_serve"] = per_customer.reindex(customers.index, fill_value=0) / MONEY_SCALE
    customers["profit"] = customers["margin"] - customers["cost_to_serve"]
    customers["margin_percent"] = (customers["profit"] / customers["revenue"]).where(customers["revenue"] > 0)
    table = _pool_table(pools, lines, known)
    warnings = _warnings(table, basis)
    return finished(
        "customer_profit",
        table,
        source="DOMAIN 20; S4 s26; Kaplan & Cooper (1998), Cost & Effect",
        parameters=parameters,
        basis=basis,
        n=len(customers),
        warnings=warnings,
        tables={"customers": customers.reset_index(), "cost_lines": _shown_lines(lines)},
        figures={
            "profit": float(customers["profit"].sum()),
            "cost_to_serve": float(table["allocated"].sum()),
        },
        plotter=charts.bars("activity", "allocated", "unknown_customers", "unallocated"),
    )


def allocate_pools(costs: IntoFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide every pool over customers in proportion to their driver quantity.

    Returns
    -------
    tuple of (DataFrame, DataFrame)
        Lines ``activity, customer_id, driver_quantity, units`` with units of 1/10 000 that add up to the
        pool; pools, indexed by activity, with ``units`` and ``driver_quantity``.

    Raises
    ------
    InputError
        When a quantity or a pool is negative, or an activity states two different pools.
    """
    table = plain_table(costs, "activity", "customer_id", "driver_quantity", "pool_cost", name="costs")
    table["driver_quantity"] = numeric(table, "driver_quantity", name="costs", minimum=0).fillna(0.0)
    table["pool_cost"] = numeric(table, "pool_cost", name="costs", minimum=0)
    _check_pools(table)
    pools = table.groupby("activity").agg(
        pool=("pool_cost", "first"), driver_quantity=("driver_quantity", "sum")
    )
    pools["units"] = (pools["pool"] * MONEY_SCALE).round().astype("int64")
    driven = table[table["customer_id"].notna() & (table["driver_quantity"] > 0)].copy()
    driven["customer_id"] = driven["customer_id"].astype("str")
    lines = driven.groupby(["activity", "customer_id"])["driver_quantity"].sum().reset_index()
    lines["units"] = 0
    for activity, part in lines.groupby("activity"):
        lines.loc[part.index, "units"] = apportion(int(pools["units"][activity]), part["driver_quantity"])
    return lines, pools


def forward_profit(customers: IntoFrame, expected: IntoFrame | None) -> Result:
    """Carry margin and cost to serve per purchase forward to the purchases that are expected.

    Parameters
    ----------
    customers : table
        ``customer_id, orders, margin, cost_to_serve`` of one period.
    expected : table, optional
        ``customer_id, expected_purchases`` of a model.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["a"], "orders": [4], "margin": [40.0],
    ...     "cost_to_serve": [8.0]})
    >>> forward_profit(customers, pd.DataFrame({"customer_id": ["a"], "expected_purchases": [2.0]})).figures
    {'expected_profit': 16.0}
    """
    if expected is None:
        return not_computed("forward_profit", "expected_purchases")
    table = customer_table(customers, "orders", "margin", "cost_to_serve", name="customers")
    purchases = customer_table(expected, "expected_purchases", name="expected purchases")[
        "expected_purchases"
    ]
    table["expected_purchases"] = purchases.reindex(table.index)
    per_order = table["expected_purchases"] / table["orders"].where(table["orders"] > 0)
    found = pd.DataFrame(
        {
            "expected_purchases": table["expected_purchases"],
            "expected_margin": per_order * table["margin"],
            "expected_cost_to_serve": per_order * table["cost_to_serve"],
        }
    )
    found["expected_profit"] = found["expected_margin"] - found["expected_cost_to_serve"]
    return finished(
        "forward_profit",
        found.reset_index(),
        source="DOMAIN 20 (present and future profit); S4 s26",
        basis="profit (expected)",
        n=len(found),
        figures={"expected_profit": float(found["expected_profit"].sum())},
    )


def _margins(
    source: Transactions | IntoFrame, margin_rate: float | None, as_of: DateLike | None, period_days: int
) -> tuple[pd.DataFrame | None, str, dict[str, Any]]:
    if not isinstance(source, Transactions):
        table = customer_table(source, "revenue", "margin", name="customers")
        numbers = {name: numeric(table, name, name="customers") for name in ("revenue", "margin")}
        return table.assign(**numbers), "profit", {}
    if not source.has_money or not (has_margin(source) or margin_rate is not None):
        return None, "", {}
    window = last_window(source, as_of, period_days)
    totals = customer_totals(source, window)
    table = pd.DataFrame({"orders": totals["orders"], "revenue": totals["revenue"] / MONEY_SCALE})
    parameters = {"from": str(window.cutoff), "until": str(window.end), "currency": source.currency}
    if has_margin(source):
        return table.assign(margin=totals["margin"] / MONEY_SCALE), "profit", parameters
    rate = check_fraction(float(margin_rate or 0), what="margin_rate")
    return (
        table.assign(margin=table["revenue"] * rate),
        "profit (estimated)",
        {**parameters, "margin_rate": rate},
    )


def _check_pools(table: pd.DataFrame) -> None:
    stated = table.groupby("activity")["pool_cost"].nunique(dropna=True)
    wrong = [f"{name} ({int(count)} amounts)" for name, count in stated.items() if count != 1]
    if wrong:
        raise InputError(
            "each activity of the costs table needs one pool_cost",
            got=", ".join(wrong[:5]),
            do="write the total cost of the activity on each of its rows",
        )


def _pool_table(pools: pd.DataFrame, lines: pd.DataFrame, known: pd.Series[bool]) -> pd.DataFrame:
    allocated = lines[known].groupby("activity")["units"].sum().reindex(pools.index, fill_value=0)
    unknown = lines[~known].groupby("activity")["units"].sum().reindex(pools.index, fill_value=0)
    driver = lines.groupby("activity")["driver_quantity"].sum().reindex(pools.index, fill_value=0)
    table = pd.DataFrame(
        {
            "pool": pools["units"] / MONEY_SCALE,
            "allocated": allocated / MONEY_SCALE,
            "unknown_customers": unknown / MONEY_SCALE,
            "unallocated": (pools["units"] - allocated - unknown) / MONEY_SCALE,
            "driver_quantity": driver,
            "rate_per_unit": np.where(driver > 0, pools["pool"] / driver.where(driver > 0), np.nan),
        }
    )
    return table.reset_index()


def _warnings(table: pd.DataFrame, basis: str) -> tuple[Note, ...]:
    found = [note("estimated")] if "estimated" in basis else []
    if table["unknown_customers"].sum() > 0:
        found.append(note("cost_unknown_customers", money=float(table["unknown_customers"].sum())))
    if table["unallocated"].sum() > 0:
        pools = ", ".join(table.loc[table["unallocated"] > 0, "activity"].astype(str))
        found.append(note("pool_without_driver", pools=pools, money=float(table["unallocated"].sum())))
    return tuple(found)


def _shown_lines(lines: pd.DataFrame) -> pd.DataFrame:
    return lines.assign(cost=lines["units"] / MONEY_SCALE).drop(columns="units")
