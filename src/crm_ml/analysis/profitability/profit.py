"""Profit of each customer, measured where costs are known and labelled estimated where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.analysis.day_table import has_margin
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.values import Values, customer_values
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_fraction
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["profit_values", "profitable"]


def profit_values(
    source: Transactions | IntoFrame,
    *,
    margin_rate: float | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Values | None:
    """Return the profit of each customer, or None when the source cannot give one.

    Parameters
    ----------
    source : Transactions or table
        The log (profit, or amount − cost), or a table with ``customer_id`` and ``profit`` (such as the result
        of :func:`~crm_ml.analysis.profitability.costing.customer_profit`).
    margin_rate : float, optional
        Margin as a share of revenue, used where the log has neither profit nor cost; the basis then says
        ``estimated``. Without it nothing is invented.
    as_of, period_days
        The period; see :func:`~crm_ml.analysis.values.customer_values`.
    """
    if not isinstance(source, Transactions):
        return customer_values(source, "profit")
    if has_margin(source):
        values = customer_values(source, "margin", as_of=as_of, period_days=period_days, active=False)
        basis = "profit" if source.has("profit") else "margin"
        return Values(values.amounts, basis, values.currency, values.parameters)
    if margin_rate is None or not source.has_money:
        return None
    rate = check_fraction(margin_rate, what="margin_rate")
    values = customer_values(source, "revenue", as_of=as_of, period_days=period_days, active=False)
    parameters = {**values.parameters, "margin_rate": rate}
    return Values(values.amounts * rate, "margin (estimated)", values.currency, parameters)


def profitable(
    source: Transactions | IntoFrame,
    *,
    hurdle: float = 0.0,
    margin_rate: float | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Say of each customer whether it is profitable.

    Parameters
    ----------
    source, margin_rate, as_of, period_days
        See :func:`profit_values`.
    hurdle : float
        Profit that a customer must reach, in currency units of the period.

    Returns
    -------
    Result
        One row a group (``profitable``, ``not_profitable``); ``tables["customers"]`` holds
        ``customer_id, profit, profitable``.

    Examples
    --------
    >>> import pandas as pd
    >>> result = profitable(pd.DataFrame({"customer_id": ["a", "b"], "profit": [10.0, -4.0]}))
    >>> result.table[["class", "customers", "profit"]]
                class  customers  profit
    0      profitable          1    10.0
    1  not_profitable          1    -4.0
    """
    import pandas as pd

    values = profit_values(source, margin_rate=margin_rate, as_of=as_of, period_days=period_days)
    if values is None:
        return not_computed("profitable", "cost")
    reached = values.amounts >= hurdle
    groups = [("profitable", reached), ("not_profitable", ~reached)]
    table = pd.DataFrame(
        [(name, int(mask.sum()), float(values.amounts[mask].sum())) for name, mask in groups],
        columns=["class", "customers", "profit"],
    )
    table.insert(2, "share_customers", table["customers"] / max(len(reached), 1))
    customers = pd.DataFrame({"profit": values.amounts, "profitable": reached}).reset_index()
    return finished(
        "profitable",
        table,
        source="DOMAIN 21; S4 s25–26, s34",
        parameters={**values.parameters, "hurdle": hurdle},
        basis=values.basis,
        n=len(reached),
        warnings=(note("estimated"),) if "estimated" in values.basis else (),
        tables={"customers": customers},
        figures={"share_not_profitable": float((~reached).mean()) if len(reached) else float("nan")},
    )
