"""Totals of a risk list that tie listed and suppressed customers to the ledger.

Money is summed as integers (a millionth of the currency unit, since forecasts are no whole cents): the same
total whatever the order of the rows, in memory, on disk or on a cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import DateLike, as_day, between
from crm_ml.prediction.list_schema import LISTED

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.transactions import Transactions

__all__ = ["ledger_total", "list_totals"]

_PARTS = 1_000_000
_SUMS = ("expected_loss", "usual_spend", "expected_spend")


def list_totals(tx: Transactions, rows: nw.LazyFrame[Any], moment: int) -> dict[str, float]:
    """Return counts and money that tie list and suppressed customers to the ledger.

    Parameters
    ----------
    tx : Transactions
        The log.
    rows : narwhals LazyFrame
        Rows of the list of everybody known, with a column ``listed``.
    moment : int
        Day as of which they were scored.
    """
    import narwhals as nw

    listed = nw.col(LISTED)
    counted = {
        "customers_known": nw.len(),
        "customers_listed": _count(listed),
        "customers_suppressed": _count(~listed),
        "customers_held_out": _count(listed & (nw.col("contact_group") == "holdout")),
    }
    money = {name: _money(name, listed) for name in _SUMS}
    if tx.has_money:
        money |= {
            "revenue_12m_listed": _money("revenue_12m", listed),
            "revenue_12m_suppressed": _money("revenue_12m", ~listed),
        }
    asked = [expression.alias(name) for name, expression in (counted | money).items()]
    found = rows.select(*asked).collect().rows(named=True)[0]
    totals = {name: (found[name] or 0) / _PARTS if name in money else int(found[name] or 0) for name in found}
    if tx.has_money:
        ledger = ledger_total(tx, moment)
        known = totals["revenue_12m_listed"] + totals["revenue_12m_suppressed"]
        totals |= {"revenue_12m_never_bought": round(ledger - known, 4) + 0.0, "revenue_12m_ledger": ledger}
    return totals


def _count(condition: nw.Expr) -> nw.Expr:
    import narwhals as nw

    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).sum().cast(nw.Int64)


def _money(name: str, condition: nw.Expr) -> nw.Expr:
    import narwhals as nw

    amount = nw.when(condition).then(nw.col(name)).fill_null(0.0)
    return (amount * _PARTS).round().cast(nw.Int64).sum().cast(nw.Int64)


def ledger_total(tx: Transactions, as_of: DateLike, days: int = 365) -> float:
    """Return all money booked in the days before `as_of`, straight from the log."""
    import narwhals as nw

    booked = between(tx.log, as_day(as_of) - days, as_of).select(nw.col("amount").sum().cast(nw.Int64))
    return float(tx.engine.to_arrow(booked)["amount"][0].as_py() or 0) / MONEY_SCALE
