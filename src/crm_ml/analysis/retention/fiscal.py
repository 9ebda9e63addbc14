"""Bridges over fiscal years."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import empty_result, finished
from crm_ml.analysis.retention.bridge import bridge_table, customer_changes
from crm_ml.analysis.totals import measure_of, units
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.data.windows import Window, as_day

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["fiscal_bridges", "fiscal_years"]


def fiscal_years(tx: Transactions, first_month: int = 1) -> list[Window]:
    """Return the fiscal years that the data cover in full, oldest first.

    Parameters
    ----------
    tx : Transactions
        The log.
    first_month : int
        Month in which the fiscal year begins, 1–12.

    Raises
    ------
    InputError
        When the month is not between 1 and 12.
    """
    if not 1 <= first_month <= 12:
        raise InputError("first_month must be a month", got=first_month, do="give a number from 1 to 12")
    first, last = as_day(tx.first_day), as_day(tx.last_day)
    years = range(tx.first_day.year - 1, tx.last_day.year + 1)
    starts = [
        (as_day(dt.date(year, first_month, 1)), as_day(dt.date(year + 1, first_month, 1))) for year in years
    ]
    # A year that is cut off by less than a week at its first or last day counts as covered.
    covered = [(start, end) for start, end in starts if first - start < 7 and end - 1 - last < 7]
    return [Window(start, end - start) for start, end in covered]


def fiscal_bridges(tx: Transactions, *, first_month: int = 1, measure: str | None = None) -> Result:
    """Make a revenue bridge for each pair of successive fiscal years.

    Parameters
    ----------
    tx : Transactions
        The log.
    first_month : int
        Month in which the fiscal year begins.
    measure : str, optional
        ``revenue``, ``margin`` or ``orders``.

    Returns
    -------
    Result
        ``fiscal_year, line, customers, amount, share_of_start, side``.
    """
    years = fiscal_years(tx, first_month)
    if len(years) < 2:
        return empty_result("fiscal_bridges", note("too_few_years", years=len(years)))
    chosen = measure_of(tx, measure)
    parts = []
    for earlier, later in pairwise(years):
        table = bridge_table(customer_changes(tx, earlier, later, chosen), units(chosen))
        table.insert(0, "fiscal_year", str(later.end.year if first_month > 1 else later.cutoff.year))
        parts.append(table)
    return finished(
        "fiscal_bridges",
        pd.concat(parts, ignore_index=True),
        source="DOMAIN 42; S4 s16, s41, s90",
        parameters={"first_month": first_month, "measure": chosen, "currency": tx.currency},
        basis=(tx.basis or "revenue") if chosen == "revenue" else chosen,
        n=tx.counts.get("customers", 0),
        plotter=charts.heat_map("line", "fiscal_year", "amount"),
    )
