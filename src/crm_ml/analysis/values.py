"""One figure a customer (revenue, margin, profit …), from transactions or from a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.totals import customer_totals, last_window, measure_of, measured
from crm_ml.classes.ranking import largest_first, names_at
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["Values", "customer_values", "first_rule", "ranked", "share"]


@dataclass(frozen=True)
class Values:
    """One figure a customer.

    Parameters
    ----------
    amounts : Series
        Index ``customer_id`` as sorted text; currency units, or a count.
    basis, currency : str
        What the figure is.
    parameters : mapping
        Where it comes from, for the parameters of a result.
    """

    amounts: pd.Series[float]
    basis: str
    currency: str
    parameters: dict[str, Any]


def customer_values(
    source: Transactions | IntoFrame,
    value: str | None = None,
    *,
    as_of: DateLike | None = None,
    period_days: int = 365,
    active: bool = True,
) -> Values:
    """Return one figure for each customer of the period.

    Parameters
    ----------
    source : Transactions or table
        The log, or a table with ``customer_id`` and the column `value`.
    value : str, optional
        From transactions ``"revenue"``, ``"margin"`` or ``"orders"`` (default: revenue, or orders without
        amounts); from a table the name of a column (default ``"revenue"``).
    as_of : date-like, optional
        First day after the period; by default the day after the last row. Ignored for a table.
    period_days : int
        Length of the period. Ignored for a table.
    active : bool
        Only customers that bought in the period; otherwise those with nothing but returns too, so that the
        total is that of the ledger.

    Examples
    --------
    >>> values = customer_values(pd.DataFrame({"customer_id": ["a", "b"], "revenue": [10, 5]}))
    >>> values.amounts.tolist(), values.basis
    ([10.0, 5.0], 'revenue')
    """
    if not isinstance(source, Transactions):
        column = value or "revenue"
        table = customer_table(source, column, name="customers")
        return Values(numeric(table, column, name="customers").dropna(), column, "", {"value": column})
    measure, window = measure_of(source, value), last_window(source, as_of, period_days)
    totals = customer_totals(source, window)
    amounts = measured(totals[totals["purchase_days"] > 0] if active else totals, measure)
    parameters = {
        "value": measure,
        "from": str(window.cutoff),
        "until": str(window.end),
        "currency": source.currency,
    }
    basis = source.basis or "revenue" if measure == "revenue" else measure
    return Values(amounts, basis, source.currency, parameters)


def ranked(amounts: pd.Series[float], name: str = "value") -> pd.DataFrame:
    """Return customers from large to small, ties by customer_id, with rank, share and cumulative share.

    Returns
    -------
    DataFrame
        ``customer_id``, the figure under `name`, ``rank`` (1 = largest), ``share_customers`` (cumulative),
        ``share`` and ``cumulative_share``; shares are missing when the total is not above 0.

    Examples
    --------
    >>> ranked(pd.Series({"a": 25.0, "b": 75.0}))[["customer_id", "rank", "cumulative_share"]]
      customer_id  rank  cumulative_share
    0           b     1              0.75
    1           a     2              1.00
    """
    ordered = amounts.iloc[largest_first(amounts)]
    rank = np.arange(1, len(ordered) + 1)
    total = float(ordered.sum())
    cumulative = ordered.cumsum().to_numpy()
    return pd.DataFrame(
        {
            "customer_id": ordered.index.astype("str"),
            name: ordered.to_numpy(),
            "rank": rank,
            "share_customers": rank / max(len(ordered), 1),
            "share": share(ordered.to_numpy(), total),
            "cumulative_share": share(cumulative, total),
        }
    )


def first_rule(rules: Mapping[str, Any], otherwise: str) -> ExtensionArray:
    """Return for each row the name of the first rule that holds.

    Parameters
    ----------
    rules : mapping
        Name → series or array of bool, one length throughout.
    otherwise : str
        Name where none holds.

    Examples
    --------
    >>> profit = pd.Series([-1.0, 5.0, 0.0])
    >>> first_rule({"loss": profit < 0, "gain": profit > 0}, "nothing").tolist()
    ['loss', 'gain', 'nothing']
    """
    holds = [rule.to_numpy() if isinstance(rule, pd.Series) else rule for rule in rules.values()]
    return names_at(np.select(holds, range(len(holds)), len(holds)), [*rules, otherwise])


def share(part: Any, total: float) -> Any:
    """Return part ÷ total, or NaN where the total is not above 0 and a share means nothing."""
    # Numpy asks a Series for attributes that it seeks among the customers, which is slow.
    part = np.asarray(part.to_numpy() if isinstance(part, pd.Series) else part, dtype="float64")
    return part / total if total > 0 else part * np.nan
