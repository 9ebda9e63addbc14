"""ABC analysis: how few customers make how much, with the Lorenz curve and the Gini coefficient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import empty_result, finished
from crm_ml.analysis.values import customer_values, ranked, share
from crm_ml.analysis.words import Note, note
from crm_ml.base.validation import check_choice
from crm_ml.classes.abc import ABC, Abc
from crm_ml.classes.ranking import names_at
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["abc", "gini", "lorenz_curve"]

_POINTS = 100
_NAMES = {"A": "flourishing", "B": "interesting", "C": "tiring"}


def abc(
    source: Transactions | IntoFrame,
    as_of: DateLike | None = None,
    *,
    cuts: tuple[float, float] = (0.80, 0.95),
    by: str = "value",
    named: bool = False,
    value: str | None = None,
    period_days: int = 365,
) -> Result:
    """Sort customers by revenue and cumulate.

    Parameters
    ----------
    source, value, as_of, period_days
        See :func:`~crm_ml.analysis.values.customer_values`.
    cuts : tuple of float
        Where A and B end, as a cumulative share.
    by : {"value", "customers"}
        Share of what: of the total value (80 %, 95 %) or of the number of customers (20 %, 50 %).
    named : bool
        Call the classes flourishing, interesting and tiring in the totals; beside customers stand letters.

    Returns
    -------
    Result
        ``class, customers, share_customers, value, share_value``; ``tables["customers"]``: rank, cumulative
        share, class; ``tables["lorenz"]``. Figures: ``gini``, ``best_20_share``, ``customers_for_80``.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abcd"), "revenue": [80.0, 15.0, 4.0, 1.0]})
    >>> result = abc(table)
    >>> result.table[["class", "customers", "share_value"]].to_numpy().tolist()
    [['A', 1, 0.8], ['B', 1, 0.15], ['C', 2, 0.05]]
    """
    values = customer_values(source, value, as_of=as_of, period_days=period_days)
    if values.amounts.empty:
        return empty_result("abc", note("no_customers"))
    customers = ranked(values.amounts)
    if check_choice(by, ("value", "customers"), what="by") == "value":
        customers["class"] = Abc(cuts).rank(customers["value"])
    else:
        borders = [int(np.ceil(round(cut * len(customers), 9))) for cut in cuts]
        customers["class"] = names_at(np.searchsorted(borders, customers["rank"] - 1, side="right"), ABC)
    total = float(values.amounts.sum())
    grouped = customers.groupby("class")["value"].agg(["size", "sum"])
    table = grouped.set_axis(["customers", "value"], axis=1).rename_axis("class").reset_index()
    table.insert(2, "share_customers", table["customers"] / len(customers))
    table["share_value"] = share(table["value"], total)
    if named:
        table["class"] = table["class"].map(_NAMES)
    return finished(
        "abc",
        table,
        source="DOMAIN 5; S3 l.58–65; S2 s7, s10; Lorenz (1905), Gini (1914)",
        parameters={**values.parameters, "cuts": list(cuts), "by": by},
        basis=values.basis,
        n=len(customers),
        warnings=_warnings(values.amounts),
        tables={"customers": customers, "lorenz": lorenz_curve(values.amounts)},
        figures={
            "gini": gini(values.amounts),
            "best_20_share": _best(customers, 0.2),
            "customers_for_80": float((customers["cumulative_share"] < 0.8).mean())
            if total > 0
            else float("nan"),
        },
        plotter=charts.curve("share_customers", "cumulative_share", table="lorenz", diagonal=True),
    )


def gini(amounts: pd.Series[float]) -> float:
    """Return the Gini coefficient: 0 when all have the same, 1 − 1/n when one has all.

    Missing when the total is not above 0; may exceed 1 when some lie below 0.

    Examples
    --------
    >>> gini(pd.Series([1.0, 1.0, 1.0, 1.0])), gini(pd.Series([0.0, 0.0, 0.0, 8.0]))
    (0.0, 0.75)
    """
    ordered = np.sort(amounts.to_numpy(dtype="float64"))
    n, total = len(ordered), float(ordered.sum())
    if total <= 0:
        return float("nan")
    return float(2 * (np.arange(1, n + 1) * ordered).sum() / (n * total) - (n + 1) / n)


def lorenz_curve(amounts: pd.Series[float]) -> pd.DataFrame:
    """Return up to a hundred points ``share_customers, cumulative_share``, the smallest customers first."""
    ordered = np.sort(amounts.to_numpy(dtype="float64"))
    cumulative = np.concatenate([[0.0], ordered.cumsum()])
    places = np.unique(np.round(np.linspace(0, len(ordered), _POINTS + 1)).astype(int))
    shares = share(cumulative[places], float(ordered.sum()))
    return pd.DataFrame({"share_customers": places / max(len(ordered), 1), "cumulative_share": shares})


def _best(customers: pd.DataFrame, part: float) -> float:
    heads = max(1, int(part * len(customers) + 1e-9))
    return float(customers["cumulative_share"].iloc[heads - 1])


def _warnings(amounts: pd.Series[float]) -> tuple[Note, ...]:
    below = int((amounts < 0).sum())
    found = [] if float(amounts.sum()) > 0 else [note("total_not_positive")]
    return tuple(found + ([note("negative_values", customers=below)] if below else []))
