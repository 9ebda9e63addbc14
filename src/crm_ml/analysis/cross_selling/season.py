"""How busy a part of the year is, by the ratio to the moving year around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from crm_ml.analysis.day_table import collect, customer_days
from crm_ml.analysis.totals import measure_of
from crm_ml.data.memory import once
from crm_ml.data.windows import Window, as_day

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["sales_by_day", "seasonal_factors"]

_YEAR = 365
_RUN_IN = 182  # at the start of a log every customer is new, and sales are no season


def seasonal_factors(tx: Transactions, day: int, *, periods: int, period_days: int) -> NDArray[np.float64]:
    """Return for each period from `day` on the sales of that part of the year ÷ those of an average part.

    The same days of earlier years are compared with the whole year around them (ratio to moving average), as
    far as both lie before `day` and after the first half year of the log; the mean of the logarithms is drawn
    to 0 as if one year more had shown no season. 1 where no such year is known.

    Parameters
    ----------
    tx : Transactions
        The log.
    day : int
        First day that is not seen.
    periods, period_days : int
        Number and length of the periods.
    """
    sales, first = np.concatenate([[0.0], np.cumsum(sales_by_day(tx))]), as_day(tx.first_day)
    known = sales[: max(day - first, 0) + 1]

    def between(start: float, length: int) -> float:
        low = int(start) - first
        inside = low >= _RUN_IN and low + length < len(known)
        return float(known[low + length] - known[low]) if inside else float("nan")

    factors = []
    for number in range(periods):
        start, ratios = day + number * period_days, []
        for back in range(1, len(known) // _YEAR + 2):
            then = start - back * _YEAR
            around = between(then + period_days / 2 - _YEAR / 2, _YEAR) * period_days / _YEAR
            ratio = between(then, period_days) / around if around > 0 else float("nan")
            ratios += [ratio] if ratio > 0 else []
        factors.append(np.exp(np.log(ratios).sum() / (len(ratios) + 1)) if ratios else 1.0)
    return np.array(factors)


def sales_by_day(tx: Transactions) -> NDArray[np.float64]:
    """Return the sales of each day from the first to the last, in 1/10 000; purchases without amounts."""
    measure = "revenue" if measure_of(tx) == "revenue" else "purchase"
    first, last = as_day(tx.first_day), as_day(tx.last_day)

    def computed() -> NDArray[np.float64]:
        days = customer_days(tx, Window(first, last - first + 1))
        sums = days.group_by("day").agg(nw.col(measure).sum().cast(nw.Int64).alias("value"))
        table = collect(tx, sums, "day")
        found = np.zeros(last - first + 1)
        found[table["day"].to_numpy() - first] = table["value"].to_numpy()
        return found

    return once(tx, "sales by day", computed)
