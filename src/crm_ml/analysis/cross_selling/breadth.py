"""How many products and categories a customer buys."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.cross_selling.bought import distinct_bought
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.totals import customer_totals, last_window, measure_of, measured
from crm_ml.analysis.words import note
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["product_breadth"]

_EDGES = (1, 2, 3, 5, 10, 20, 50, 100)


def product_breadth(tx: Transactions, *, as_of: DateLike | None = None, period_days: int = 365) -> Result:
    """Count distinct products (or categories) per customer and set them beside revenue.

    Parameters
    ----------
    tx : Transactions
        With products or categories.
    as_of, period_days
        The period.

    Returns
    -------
    Result
        A row a band of breadth: ``band, customers, mean_value, mean_orders``; ``tables["customers"]``.
        Figures: ``mean_breadth``, ``rank_correlation`` of breadth with the value and ``partial_correlation``
        with the number of orders held fixed, since more orders bring more products by themselves.
    """
    column = next((name for name in ("product_id", "category") if tx.has(name)), None)
    if column is None:
        return not_computed("product_breadth", "product_id")
    window, measure = last_window(tx, as_of, period_days), measure_of(tx)
    breadth = distinct_bought(tx, window, column)
    totals = customer_totals(tx, window).reindex(breadth.index)
    table = pd.DataFrame({"breadth": breadth, "orders": totals["orders"], "value": measured(totals, measure)})
    edges = [0, *(edge for edge in _EDGES if edge < table["breadth"].max()), float("inf")]
    names = [_band(low, high) for low, high in pairwise(edges)]
    grouped = table.groupby(pd.cut(table["breadth"], edges, labels=names), observed=True)
    bands = pd.DataFrame(
        {
            "customers": grouped.size(),
            "mean_value": grouped["value"].mean(),
            "mean_orders": grouped["orders"].mean(),
        }
    )
    ranks = table.rank()
    return finished(
        "product_breadth",
        bands.reset_index(names="band").astype({"band": "str"}),
        source="DOMAIN 64; S1 l.120; partial rank correlation: Kendall & Gibbons (1990)",
        parameters={"column": column, "period_days": period_days, "currency": tx.currency},
        basis=(tx.basis or "revenue") if measure == "revenue" else measure,
        n=len(table),
        warnings=(note("breadth_mechanical"),),
        tables={"customers": table.reset_index()},
        figures={
            "mean_breadth": float(table["breadth"].mean()),
            "rank_correlation": float(ranks["breadth"].corr(ranks["value"])),
            "partial_correlation": _partial(ranks),
        },
        plotter=charts.bars("band", "mean_value"),
    )


def _band(low: float, high: float) -> str:
    first = int(low) + 1
    return (
        f"> {int(low)}" if high == float("inf") else str(first) if first == high else f"{first}–{int(high)}"
    )


def _partial(ranks: pd.DataFrame) -> float:
    pairs = ranks.corr()
    names = (("breadth", "value"), ("breadth", "orders"), ("value", "orders"))
    both, first, second = (float(pairs[left][right]) for left, right in names)
    rest = (1 - first**2) * (1 - second**2)
    return (both - first * second) / rest**0.5 if rest > 0 else float("nan")
