"""Account targets: what each account should bring, what it brought, and why it differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["account_variance", "mix_variance"]


def account_variance(targets: IntoFrame | None, realised: IntoFrame, *, outside: float = 0.0) -> Result:
    """Divide the difference between target and realised over lost accounts, volume and price.

    Parameters
    ----------
    targets : table, optional
        ``customer_id, target_revenue``, and where planned ``target_quantity``.
    realised : table
        ``customer_id, revenue``, and where known ``quantity``; an account that is absent bought nothing.
    outside : float
        Share by which outside influences moved all sales (of
        :func:`~crm_ml.analysis.growth.outside.outside_influences`): a cold winter is not the account's doing.

    Returns
    -------
    Result
        A row an account: ``target, realised, variance`` = ``lost`` + ``outside`` + ``volume`` + ``price``
        (without quantities only ``lost``, ``outside`` and ``other``). An account with a target and no revenue
        is lost; outside = target · share; volume = ΔQ · planned price − outside; price = Δp · Q realised.

    Examples
    --------
    >>> targets = pd.DataFrame({"customer_id": ["a", "b"], "target_revenue": [100, 50],
    ...     "target_quantity": [10, 5]})
    >>> realised = pd.DataFrame({"customer_id": ["a"], "revenue": [99], "quantity": [9]})
    >>> account_variance(targets, realised).table[["customer_id", "variance", "lost", "volume", "price"]]
      customer_id  variance  lost  volume  price
    0           b     -50.0 -50.0     0.0    0.0
    1           a      -1.0   0.0   -10.0    9.0
    """
    if targets is None:
        return not_computed("account_variance", "targets")
    plan = customer_table(targets, "target_revenue", name="targets")
    done = customer_table(realised, "revenue", name="realised")
    ids = plan.index.union(done.index).sort_values()
    table = pd.DataFrame(index=ids)
    table["target"] = numeric(plan, "target_revenue", name="targets").reindex(ids, fill_value=0.0).fillna(0.0)
    table["realised"] = numeric(done, "revenue", name="realised").reindex(ids, fill_value=0.0).fillna(0.0)
    table["variance"] = table["realised"] - table["target"]
    lost = (table["target"] > 0) & (table["realised"] <= 0)
    table["lost"] = table["variance"].where(lost, 0.0)
    if outside:
        table["outside"] = (table["target"] * outside).where(~lost, 0.0)
    known = table["lost"] + table.get("outside", 0.0)
    if "target_quantity" in plan.columns and "quantity" in done.columns:
        planned = numeric(plan, "target_quantity", name="targets").reindex(ids, fill_value=0.0).fillna(0.0)
        sold = numeric(done, "quantity", name="realised").reindex(ids, fill_value=0.0).fillna(0.0)
        # Without a planned price there is no volume effect: all of it is unplanned business.
        price = (
            (table["target"] / planned.where(planned > 0))
            .fillna(table["realised"] / sold.where(sold > 0))
            .fillna(0.0)
        )
        table["volume"] = ((sold - planned) * price - known).where(~lost, 0.0)
        table["price"] = table["variance"] - known - table["volume"]
    else:
        table["other"] = table["variance"] - known
    parts = list(table.columns[3:])
    return finished(
        "account_variance",
        table.sort_values("variance", kind="stable").reset_index(names="customer_id"),
        source="DOMAIN 31; S4 s42; S0 l.52–57",
        parameters={"outside": outside},
        basis="revenue",
        n=len(table),
        figures={name: float(table[name].sum()) for name in ("target", "realised", "variance", *parts)},
        plotter=charts.bars("customer_id", "target", "realised"),
    )


def mix_variance(targets: IntoFrame | None, realised: IntoFrame, *, by: str = "category") -> Result:
    """Divide the difference of the total into volume, mix and price over product groups.

    Parameters
    ----------
    targets : table, optional
        The column `by`, ``revenue`` and ``quantity`` as planned.
    realised : table
        The same columns as realised.
    by : str
        Product group.

    Returns
    -------
    Result
        A row a group: ``volume`` = (Q_total − Q_plan,total) · planned share · planned price, ``mix`` =
        (Q_group − Q_total · planned share) · planned price, ``price`` = Q_group · Δp; they add up to
        ``variance``.

    Examples
    --------
    >>> plan = pd.DataFrame({"category": ["x", "y"], "revenue": [100.0, 100.0], "quantity": [10, 10]})
    >>> done = pd.DataFrame({"category": ["x", "y"], "revenue": [150.0, 55.0], "quantity": [15, 5]})
    >>> mix_variance(plan, done).table[["category", "variance", "volume", "mix", "price"]]
      category  variance  volume   mix  price
    0        x      50.0     0.0  50.0    0.0
    1        y     -45.0     0.0 -50.0    5.0
    """
    from crm_ml.analysis.tables import plain_table

    if targets is None:
        return not_computed("mix_variance", "targets")
    tables = [
        plain_table(one, by, "revenue", "quantity", name=name)
        for one, name in ((targets, "targets"), (realised, "realised"))
    ]
    plan, done = (one.groupby(by)[["revenue", "quantity"]].sum().astype("float64") for one in tables)
    groups = plan.index.union(done.index).sort_values()
    plan, done = plan.reindex(groups, fill_value=0.0), done.reindex(groups, fill_value=0.0)
    realised_price = done["revenue"] / done["quantity"].where(done["quantity"] > 0)
    price = (
        (plan["revenue"] / plan["quantity"].where(plan["quantity"] > 0)).fillna(realised_price).fillna(0.0)
    )
    planned_total = float(plan["quantity"].sum())
    usual = plan["quantity"] / planned_total if planned_total > 0 else plan["quantity"]
    table = pd.DataFrame({"target": plan["revenue"], "realised": done["revenue"]})
    table["variance"] = table["realised"] - table["target"]
    table["volume"] = (float(done["quantity"].sum()) - planned_total) * usual * price
    table["mix"] = (done["quantity"] - float(done["quantity"].sum()) * usual) * price
    table["price"] = table["variance"] - table["volume"] - table["mix"]
    return finished(
        "mix_variance",
        table.reset_index(names=by),
        source="DOMAIN 31; S4 s42; Horngren e.a., Cost Accounting (sales-mix variance)",
        parameters={"by": by},
        basis="revenue",
        n=len(table),
        figures={name: float(table[name].sum()) for name in table.columns},
        plotter=charts.bars(by, "volume", "mix", "price"),
    )
