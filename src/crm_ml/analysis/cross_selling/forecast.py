"""The sales forecast, with what the same method would have said of the periods before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.cross_selling.expected_sales import expected_sales
from crm_ml.analysis.cross_selling.season import sales_by_day
from crm_ml.analysis.results import empty_result, finished
from crm_ml.analysis.totals import measure_of, units
from crm_ml.analysis.words import Note, note
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_positive
from crm_ml.data.windows import DateLike, as_date, as_day

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["sales_forecast"]

# 90 % of a normal distribution lies within 1.645 deviations, and a deviation is 1.253 mean absolute errors.
_BAND_OF_AN_ERROR = 1.645 * 1.253
_LARGE = 0.10


def sales_forecast(
    tx: Transactions,
    *,
    periods: int = 4,
    period_days: int = 91,
    new_customers: float | None = None,
    checks: int = 3,
    as_of: DateLike | None = None,
) -> Result:
    """Forecast the sales of the coming periods, beside what the method would have said of the last ones.

    Parameters
    ----------
    tx : Transactions
        The log.
    periods, period_days : int
        How many periods ahead, and their length.
    new_customers : float, optional
        New customers a period; by default the number of the last period with half of its trend.
    checks : int
        Most past periods on which the method is checked; each needs two periods of history before it.
    as_of : date-like, optional
        First day that is forecast; by default the day after the last row.

    Returns
    -------
    Result
        ``period, existing_customers, new_customers, total, low, high``: revenue (or purchases, without
        amounts) with a 90 % band that holds the method's own past errors. ``tables["backtest"]``: ``start,
        forecast, actual, error`` (actual ÷ forecast − 1) of the last periods, the latest first. Figures:
        ``total``, ``last_error``, ``mean_error`` (above 0 = forecasts were too low) and
        ``mean_absolute_error``.
    """
    check_positive(periods, what="periods")
    day = as_day(tx.last_day) + 1 if as_of is None else as_day(as_of)
    options = {"period_days": period_days, "new_customers": new_customers}
    try:
        expected = expected_sales(tx, day, periods=periods, **options)  # type: ignore[arg-type]
    except InputError as error:
        return empty_result("sales_forecast", note("model_not_fitted", why=error.what))
    backtest = _backtest(tx, day, period_days, checks)
    errors = backtest["error"].to_numpy(dtype="float64")
    absolute = float(np.abs(errors).mean()) if len(errors) else float("nan")
    table = expected.table.copy()
    # What the model does not know of (season, prices, a campaign) shows in its own past errors only.
    outside = 0.0 if np.isnan(absolute) else _BAND_OF_AN_ERROR * absolute
    half = np.hypot(table.pop("half_width"), outside * table["total"])
    table["low"], table["high"] = (table["total"] - half).clip(lower=0), table["total"] + half
    return finished(
        "sales_forecast",
        table,
        source="DOMAIN 65; S0 l.52–57; Fader, Hardie & Lee (2005), Marketing Science 24(2)",
        parameters={
            "period_days": period_days,
            "new_customers_a_period": expected.new_customers,
            "currency": tx.currency,
        },
        basis=(tx.basis or "revenue") if tx.has_money else "orders",
        n=expected.customers,
        warnings=(_honesty(errors), note("model_band")),
        tables={"backtest": backtest} if len(backtest) else {},
        figures={
            "total": float(table["total"].sum()),
            "last_error": float(errors[0]) if len(errors) else float("nan"),
            "mean_error": float(errors.mean()) if len(errors) else float("nan"),
            "mean_absolute_error": absolute,
        },
        plotter=charts.curve("period", "existing_customers", "new_customers", "total", share=False),
    )


def _honesty(errors: np.ndarray) -> Note:
    """Say beside the forecast how far off the method was."""
    if not len(errors):
        return note("not_backtested")
    mean = float(errors.mean())
    kind = "backtest_low" if mean > _LARGE else "backtest_high" if mean < -_LARGE else "backtest_fair"
    said = {"periods": len(errors), "mean": f"{abs(mean):.0%}", "last": f"{errors[0]:+.0%}"}
    return note(kind, absolute=f"{np.abs(errors).mean():.0%}", **said)


def _backtest(tx: Transactions, day: int, period_days: int, checks: int) -> pd.DataFrame:
    """Return forecast and actual sales of the last periods, each seen from its own first day."""
    rows = []
    measure, sales = measure_of(tx), sales_by_day(tx)
    for back in range(1, checks + 1):
        start = day - back * period_days
        if start - as_day(tx.first_day) < 2 * period_days:
            break
        try:
            expected = expected_sales(tx, start, periods=1, period_days=period_days, band=False)
        except InputError:
            break
        said = float(expected.table["total"].sum())
        place = start - as_day(tx.first_day)
        actual = float(sales[place : place + period_days].sum()) / units(measure)
        if said > 0:
            rows.append((as_date(start).isoformat(), said, actual, actual / said - 1))
    return pd.DataFrame(rows, columns=["start", "forecast", "actual", "error"])
