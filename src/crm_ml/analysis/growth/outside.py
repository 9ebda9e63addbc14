"""How much of the sales comes from outside: a cold winter, a hot summer, anything measured by date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from crm_ml.analysis import charts
from crm_ml.analysis.cross_selling.season import sales_by_day
from crm_ml.analysis.dated import moments
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.tables import numeric, plain_table
from crm_ml.analysis.totals import last_window, measure_of, units
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.data.windows import DateLike, as_date, as_day

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["outside_influences"]

_LEAST_MONTHS = 24
_YEAR = 12


def outside_influences(
    tx: Transactions,
    regressors: IntoFrame | None,
    *,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Estimate how outside figures such as the temperature moved the sales of the last period.

    Parameters
    ----------
    tx : Transactions
        The log; at least two years of full months.
    regressors : table, optional
        ``date`` and one or more columns of figures; a row a day, week or month.
    as_of, period_days
        The period whose sales are explained.

    Returns
    -------
    Result
        A row a figure: ``regressor, coefficient, low, high`` (95 %; change of log sales for a figure that is
        one above what is usual in that month of the year) and ``effect`` (share by which the last period sold
        more than in a usual year). Figure ``outside``: all together.

    Notes
    -----
    Least squares of log monthly sales on a trend, the months of the year and the deviation of each figure
    from its own mean in that month; what returns every year is season and no outside influence.
    """
    if regressors is None:
        return not_computed("outside_influences", "regressors")
    end = as_day(tx.last_day) + 1 if as_of is None else as_day(as_of)
    sales = _by_month(tx, end)
    figures = _figures(regressors).reindex(sales.index)
    known = figures.notna().all(axis=1) & (sales > 0)
    sales, figures = sales[known], figures[known]
    if len(sales) < max(_LEAST_MONTHS, _YEAR + 3 + len(figures.columns)):
        return empty_result("outside_influences", note("too_few_months", months=len(sales)))
    months: Any = sales.index
    apart = figures - figures.groupby(months.month).transform("mean")
    coefficient, half = _least_squares(np.log(sales.to_numpy()), _usual(months), apart.to_numpy())
    window = last_window(tx, end, period_days)
    inside = months.isin(pd.period_range(window.cutoff, as_date(window.end_day - 1), freq="M"))
    last, moved = sales[inside], apart[inside] * coefficient
    effects = [_effect(last, moved[name]) for name in moved]
    table = pd.DataFrame(
        {
            "regressor": list(apart.columns),
            "coefficient": coefficient,
            "low": coefficient - half,
            "high": coefficient + half,
            "effect": effects,
        }
    )
    return finished(
        "outside_influences",
        table,
        source="DOMAIN 31; S0 l.52–57 (cold winter, hot summer); Frisch & Waugh (1933), Econometrica 1(4)",
        parameters={"months": len(sales), "from": str(window.cutoff), "until": str(window.end)},
        basis=(tx.basis or "revenue") if tx.has_money else "orders",
        n=len(sales),
        figures={"outside": _effect(last, moved.sum(axis=1))},
        plotter=charts.bars("regressor", "effect", share=True),
    )


def _by_month(tx: Transactions, end: int) -> pd.Series[float]:
    """Return the sales of each calendar month that the log covers in full before `end`."""
    first = as_day(tx.first_day)
    sales = sales_by_day(tx)[: end - first]
    days = pd.date_range(tx.first_day, periods=len(sales), freq="D").to_period("M")
    grouped = pd.Series(sales, index=days).groupby(level=0).agg(["sum", "size"])
    months: Any = grouped.index
    # A month that is cut off by less than a week at the first or last day counts as covered, as years do.
    whole: pd.Series[float] = grouped.loc[months.days_in_month - grouped["size"] < 7, "sum"]
    return whole / units(measure_of(tx))


def _figures(regressors: IntoFrame) -> pd.DataFrame:
    table = plain_table(regressors, "date", name="regressors")
    names = [str(name) for name in table.columns if name != "date"]
    if not names:
        raise InputError("the regressors table has no figures", do="add a column such as temperature")
    found = pd.DataFrame({name: numeric(table, name, name="regressors") for name in names})
    return found.groupby(moments(table, "date", name="regressors").dt.to_period("M")).mean()


def _usual(months: Any) -> NDArray[np.float64]:
    """Return the columns of what is usual: a trend and a level for each month of the year."""
    trend = (months.year * _YEAR + months.month).to_numpy(dtype="float64")
    return np.column_stack([trend - trend.mean(), *(months.month == one for one in np.unique(months.month))])


def _least_squares(
    y: NDArray[np.float64], usual: NDArray[np.float64], apart: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return coefficients of `apart` and half of their 95 % intervals, the usual taken out of both sides."""
    rest = y - usual @ np.linalg.lstsq(usual, y, rcond=None)[0]
    left = apart - usual @ np.linalg.lstsq(usual, apart, rcond=None)[0]
    coefficient = np.asarray(np.linalg.lstsq(left, rest, rcond=None)[0], dtype=np.float64)
    freedom = len(y) - usual.shape[1] - apart.shape[1]
    variance = float(((rest - left @ coefficient) ** 2).sum()) / freedom
    spread = np.sqrt(np.diag(np.linalg.pinv(left.T @ left)) * variance)
    half: NDArray[np.float64] = stdtrit(freedom, 0.975) * spread
    return coefficient, half


def _effect(sales: pd.Series[float], change: pd.Series[float]) -> float:
    usual = float((sales / np.exp(change)).sum())
    return float(sales.sum()) / usual - 1 if usual > 0 else float("nan")
