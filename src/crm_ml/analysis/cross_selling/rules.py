"""Products bought together, and what customers bought also, without what they own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.cross_selling.baskets import basket_count, baskets_with, frequent_items
from crm_ml.analysis.cross_selling.bought import customer_items
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.totals import last_window
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_positive
from crm_ml.data.memory import once
from crm_ml.data.windows import DateLike, Window
from crm_ml.models.affinity import AssociationRules, rules_of

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["also_bought", "association_rules", "fitted_rules", "may_have_rules"]

_NORMAL_95 = 1.959963984540054
_SOURCE = "Agrawal, Imieliński & Swami (1993), SIGMOD; interval: Wilson (1927)"


def association_rules(
    tx: Transactions,
    *,
    column: str = "product_id",
    min_support: float = 0.005,
    min_orders: int = 20,
    min_confidence: float = 0.2,
    min_lift: float = 1.2,
    max_items: int = 3,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Find which products go together in an order.

    Parameters
    ----------
    tx : Transactions
        With products (or categories) and, where known, orders; without orders a basket is a customer's day.
    column : {"product_id", "category"}
        What is bought together.
    min_support, min_orders : float and int
        Least share and least number of orders with everything in a rule; the stricter one counts.
    min_confidence, min_lift : float
        Least confidence and lift.
    max_items : int
        Most products in a rule.
    as_of, period_days
        The period.

    Returns
    -------
    Result
        ``if_bought, then, orders, support, confidence, confidence_low, confidence_high, lift``, the highest
        lift first; 95 % interval of the confidence. A lift of 3 is "3 times as often as at random".
    """
    rules = fitted_rules(
        tx, column=column, min_support=min_support, min_orders=min_orders, min_confidence=min_confidence,
        min_lift=min_lift, max_items=max_items, as_of=as_of, period_days=period_days,
    )  # fmt: skip
    if rules is None:
        return not_computed("association_rules", column)
    if rules.table.empty:
        return empty_result("association_rules", note("no_rules"), n=rules.baskets)
    table = _with_interval(rules.table)
    return finished(
        "association_rules",
        table,
        source=f"DOMAIN 60; S0 l.39–41, l.103; {_SOURCE}",
        parameters={"column": column, **rules.settings, "orders": rules.baskets},
        n=rules.baskets,
        plotter=charts.scatter("support", "confidence", "then") if len(set(table["then"])) <= 8 else None,
    )


def also_bought(
    tx: Transactions,
    *,
    column: str = "product_id",
    most: int = 3,
    rules: AssociationRules | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Suggest each customer what others with the same products bought also, without what it owns.

    Parameters
    ----------
    tx : Transactions
        With products or categories.
    column : {"product_id", "category"}
        What is suggested.
    most : int
        Most suggestions a customer.
    rules : AssociationRules, optional
        Of :func:`fitted_rules`; fitted when not given.
    as_of, period_days
        The period.

    Returns
    -------
    Result
        A row a customer and suggestion: ``customer_id, item, because, confidence, lift, position``.
    """
    check_positive(most, what="most")
    found = fitted_rules(tx, column=column, as_of=as_of, period_days=period_days) if rules is None else rules
    if found is None:
        return not_computed("also_bought", column)
    if found.table.empty:
        return empty_result("also_bought", note("no_rules"))
    owned = _owned(tx, last_window(tx, as_of, period_days), column, found)
    table = found.recommend(owned, most=most)
    table["because"] = [" + ".join(items) for items in table["because"]]
    best = table["item"].value_counts().sort_index().sort_values(ascending=False, kind="stable").head(20)
    return finished(
        "also_bought",
        table,
        source="DOMAIN 60; S0 l.39–41, l.103",
        parameters={"column": column, "most": most, "rules": len(found.table)},
        n=int(owned.iloc[:, 0].nunique()),
        tables={"items": best.rename_axis("item").reset_index(name="customers")},
        figures={"customers_with_suggestion": float(table["customer_id"].nunique())},
        plotter=charts.bars("item", "customers", table="items"),
    )


def fitted_rules(
    tx: Transactions,
    *,
    column: str = "product_id",
    min_support: float = 0.005,
    min_orders: int = 20,
    min_confidence: float = 0.2,
    min_lift: float = 1.2,
    max_items: int = 3,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> AssociationRules | None:
    """Return the rules of a log, or None when it lacks the column; see :func:`association_rules`."""
    if not tx.has(column):
        return None
    window = last_window(tx, as_of, period_days)
    floors = {"min_support": min_support, "min_orders": min_orders}
    limits = {"min_confidence": min_confidence, "min_lift": min_lift, "max_items": max_items}
    asked = ("rules", column, window, *floors.values(), *limits.values())
    return once(tx, asked, lambda: _fitted(tx, window, column, floors, limits))


def may_have_rules(
    tx: Transactions, column: str, *, as_of: DateLike | None = None, period_days: int = 365
) -> bool:
    """Say, for a fraction of the cost of the rules, whether two items are frequent enough to be in one."""
    return tx.has(column) and len(frequent_items(tx, last_window(tx, as_of, period_days), column)) > 1


def _fitted(
    tx: Transactions, window: Window, column: str, floors: dict[str, float], limits: dict[str, Any]
) -> AssociationRules:
    items = frequent_items(tx, window, column, **floors)
    baskets = baskets_with(tx, window, column, items) if len(items) > 1 else None
    n = basket_count(tx, window, column) if baskets is None else baskets.n
    least = max(floors["min_support"], floors["min_orders"] / max(n, 1))
    if baskets is None or least > 1:
        return AssociationRules(pd.DataFrame(), n, {"min_support": least, **limits})
    return rules_of(baskets, min_support=least, **limits)


def _owned(tx: Transactions, window: Window, column: str, rules: AssociationRules) -> pd.DataFrame:
    """Return who has which of the items that the rules speak of."""
    antecedents = {item for row in rules.table["antecedent"] for item in row}
    return customer_items(tx, window, column, sorted(antecedents | set(rules.table["consequent"])))


def _with_interval(rules: pd.DataFrame) -> pd.DataFrame:
    sure, n = rules["confidence"].to_numpy(), (rules["count"] / rules["confidence"]).to_numpy()
    z = _NORMAL_95
    centre = (sure + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(sure * (1 - sure) / n + z**2 / (4 * n**2))
    return pd.DataFrame(
        {
            "if_bought": [" + ".join(items) for items in rules["antecedent"]],
            "then": rules["consequent"],
            "orders": rules["count"],
            "support": rules["support"],
            "confidence": sure,
            "confidence_low": centre - half,
            "confidence_high": centre + half,
            "lift": rules["lift"],
        }
    )
