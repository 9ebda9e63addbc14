"""Recency, frequency, monetary value: scores, ranking, named segments and the heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import empty_result, finished
from crm_ml.analysis.totals import customer_totals, last_window, measure_of, measured
from crm_ml.analysis.values import share
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.classes.rfm_scores import RfmScores
from crm_ml.data.windows import DateLike, Window, as_day

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["rfm", "rfm_table"]


def rfm(
    tx: Transactions,
    as_of: DateLike | None = None,
    *,
    method: str = "independent",
    monetary: str | None = None,
    mean: bool = False,
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0),
    period_days: int | None = None,
) -> Result:
    """Score every customer on R, F and M, rank them and name their segment.

    Parameters
    ----------
    tx : Transactions
        The log.
    as_of : date-like, optional
        First day that is not seen; by default the day after the last row.
    method : {"independent", "nested"}
        Fifths of F and M over all customers, or within the fifths of R (and F).
    monetary : str, optional
        ``revenue``, ``margin`` or ``orders``; by default what the log has, revenue first.
    mean : bool
        Score the mean per purchase day instead of the sum.
    weights : tuple of float
        Weight of R, F and M in the ranking.
    period_days : int, optional
        Only purchases of the last so many days; by default the whole history.

    Returns
    -------
    Result
        A row a segment: ``segment, customers, share_customers, value, share_value`` and the means;
        ``tables["heat_map"]``: ``recency_score, frequency_score, customers, mean_value``;
        ``tables["customers"]``: figures, scores, ``rfm_score, weighted_score, rank, segment``, the most
        important customer first.
    """
    if min(weights) < 0 or sum(weights) <= 0:
        raise InputError("weights must not be negative", got=weights, do="give one for R, F and M")
    measure = measure_of(tx, monetary)
    rows = rfm_table(tx, as_of, monetary=measure, mean=mean, period_days=period_days)
    if rows.empty:
        return empty_result("rfm", note("no_customers"))
    customers = _ranked(rows, RfmScores(method, weights, "revenue").fit(rows))
    basis = (tx.basis or "revenue") if measure == "revenue" else measure
    cells = (
        customers.groupby(["recency_score", "frequency_score"])["value"].agg(["size", "mean"]).reset_index()
    )
    return finished(
        "rfm",
        _by_segment(customers),
        source="DOMAIN 1; S0 l.71–74; S3 l.51–56; Hughes (1994); Miglautsch (2000)",
        parameters={
            "method": method,
            "monetary": measure,
            "mean": mean,
            "weights": list(weights),
            "period_days": period_days,
            "as_of": str(as_of or ""),
            "currency": tx.currency,
        },
        basis=basis,
        n=len(customers),
        tables={
            "heat_map": cells.set_axis(
                ["recency_score", "frequency_score", "customers", "mean_value"], axis=1
            ),
            "customers": customers,
        },
        plotter=charts.heat_map(
            "recency_score", "frequency_score", "customers", table="heat_map", upward=True
        ),
    )


def rfm_table(
    tx: Transactions,
    as_of: DateLike | None = None,
    *,
    monetary: str,
    mean: bool = False,
    period_days: int | None = None,
) -> pd.DataFrame:
    """Return ``recency_days, purchase_days, revenue`` (the chosen money) of customers with a purchase."""
    end = as_day(tx.last_day) + 1 if as_of is None else as_day(as_of)
    start = as_day(tx.first_day)
    window = last_window(tx, end, period_days) if period_days else Window(start, max(1, end - start))
    totals = customer_totals(tx, window)
    bought = totals[totals["purchase_days"] > 0]
    money = measured(bought, monetary)
    table = pd.DataFrame(
        {
            "recency_days": (end - bought["last_day"]).astype("int64"),
            "purchase_days": bought["purchase_days"],
            "revenue": money / bought["purchase_days"] if mean else money,
        }
    )
    table.index.name = "customer_id"
    return table


def _ranked(rows: pd.DataFrame, scores: RfmScores) -> pd.DataFrame:
    names = {
        "r": "recency_score",
        "f": "frequency_score",
        "m": "monetary_score",
        "rfm_weighted": "weighted_score",
    }
    classed = scores.transform(rows).rename(columns=names)
    table = pd.concat([rows.rename(columns={"revenue": "value"}), classed], axis=1)
    ordered = table.sort_values(["weighted_score", "value"], ascending=False, kind="stable")
    ordered.insert(0, "rank", np.arange(1, len(ordered) + 1))
    return ordered.reset_index()


def _by_segment(customers: pd.DataFrame) -> pd.DataFrame:
    grouped = customers.groupby("segment")
    table = pd.DataFrame({"customers": grouped.size()})
    table["share_customers"] = table["customers"] / len(customers)
    table["value"] = grouped["value"].sum()
    table["share_value"] = share(table["value"], float(customers["value"].sum()))
    for name in ("recency_days", "purchase_days"):
        table[f"mean_{name}"] = grouped[name].mean()
    best = grouped["weighted_score"].mean()
    return table.loc[best.sort_values(ascending=False, kind="stable").index].reset_index()
