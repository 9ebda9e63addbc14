"""The sales forecast: existing customers by the purchase model, new ones by recent cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import empty_result, finished
from crm_ml.analysis.retention.cohorts import tenure_days
from crm_ml.analysis.totals import collect, customer_totals, daily_log, first_days, measure_of, units
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_positive
from crm_ml.data.windows import DateLike, Window, as_day

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["sales_forecast"]

_NORMAL_90 = 1.6448536269514722


def sales_forecast(
    tx: Transactions,
    *,
    periods: int = 4,
    period_days: int = 91,
    recent: int = 2,
    new_customers: float | None = None,
    as_of: DateLike | None = None,
) -> Result:
    """Forecast the sales of the coming periods.

    Parameters
    ----------
    tx : Transactions
        The log.
    periods, period_days : int
        How many periods ahead, and their length.
    recent : int
        Number of latest periods whose mean number of new customers is carried forward.
    new_customers : float, optional
        New customers a period, instead of that mean.
    as_of : date-like, optional
        First day that is forecast; by default the day after the last row.

    Returns
    -------
    Result
        ``period, existing_customers, new_customers, total, low, high``: revenue (or purchases, without
        amounts) with a 90 % band, widened by the miss of the last period (figure ``last_error``: actual ÷
        forecast − 1). Existing customers: BG/NBD × gamma-gamma; new customers: so many a period, each with
        the sales that recent cohorts had in their first, second, … calendar period.
    """
    check_positive(periods, what="periods")
    day = as_day(tx.last_day) + 1 if as_of is None else as_day(as_of)
    try:
        table, rate, known = _forecast(
            tx, day, periods=periods, period_days=period_days, recent=recent, new_customers=new_customers
        )
    except InputError as error:
        return empty_result("sales_forecast", note("model_not_fitted", why=error.what))
    miss = _last_error(tx, day, period_days, recent)
    # What the model does not know of, it cannot put into a band: its own last miss is added.
    half = table.pop("half_width") + (0.0 if np.isnan(miss) else abs(miss)) * table["total"]
    table["low"], table["high"] = (table["total"] - half).clip(lower=0), table["total"] + half
    return finished(
        "sales_forecast",
        table,
        source="DOMAIN 65; S0 l.52–57; Fader, Hardie & Lee (2005), Marketing Science 24(2)",
        parameters={"period_days": period_days, "new_customers_a_period": rate, "currency": tx.currency},
        basis=(tx.basis or "revenue") if tx.has_money else "orders",
        n=known,
        warnings=(note("model_band"), *((note("not_backtested"),) if np.isnan(miss) else ())),
        figures={"total": float(table["total"].sum()), "last_error": miss},
        plotter=charts.curve("period", "existing_customers", "new_customers", "total", share=False),
    )


def _forecast(
    tx: Transactions, day: int, *, periods: int, period_days: int, recent: int, new_customers: float | None
) -> tuple[pd.DataFrame, float, int]:
    history = _cohort_history(tx, day, period_days)
    existing = _existing(tx, day, periods, period_days)
    rate = float(history["new"].head(recent).mean()) if new_customers is None else new_customers
    rate = 0.0 if np.isnan(rate) else rate
    curve = history["per_new_customer"].reindex(range(periods)).ffill().fillna(0.0).to_numpy()
    fresh = rate * np.cumsum(curve)
    # Arrivals are counts and each brings a random basket: twice the Poisson variance is a plain allowance.
    spread = np.sqrt(existing["variance"] + 2 * rate * np.cumsum(curve**2))
    table = pd.DataFrame(
        {
            "period": range(1, periods + 1),
            "existing_customers": existing["expected"],
            "new_customers": fresh,
            "total": existing["expected"] + fresh,
            "half_width": np.sqrt((_NORMAL_90 * spread) ** 2 + existing["parameters"] ** 2),
        }
    )
    return table, rate, int(existing.attrs["customers"])


def _last_error(tx: Transactions, day: int, period_days: int, recent: int) -> float:
    """Return by which share sales of the last period differed from what this method would have said."""
    earlier = day - period_days
    if earlier - as_day(tx.first_day) < 2 * period_days:
        return float("nan")
    try:
        forecast, _, _ = _forecast(
            tx, earlier, periods=1, period_days=period_days, recent=recent, new_customers=None
        )
    except InputError:
        return float("nan")
    totals = customer_totals(tx, Window(earlier, period_days))
    actual = float(totals["revenue" if tx.has_money else "purchase_days"].sum()) / units(measure_of(tx))
    said = float(forecast["total"].sum())
    return actual / said - 1 if said > 0 else float("nan")


def _existing(tx: Transactions, day: int, periods: int, period_days: int) -> pd.DataFrame:
    from crm_ml.features.summary import rfm_summary
    from crm_ml.models.clv.lifetime_value import LifetimeValue

    summary = rfm_summary(daily_log(tx), day)
    model = LifetimeValue().fit(summary)
    rows, relative = [], 0.0
    for number in range(1, periods + 1):
        # Limits are dear: those of the longest horizon, as a share, serve for every period.
        interval = 0.9 if number == periods else None
        found = model.predict(
            summary, horizon_days=number * period_days, discount_rate=0.0, interval=interval
        )
        value = found["expected_value"] if tx.has_money else pd.Series(1.0, index=found.index)
        purchases = found["expected_purchases"]
        rows.append((float((purchases * value).sum()), float((purchases * value**2).sum())))
        if interval is not None and rows[-1][0] > 0:
            width = (found["expected_purchases_high"] - found["expected_purchases_low"]) / 2
            relative = float((width * value).sum()) / rows[-1][0]
    cumulative = pd.DataFrame(rows, columns=["expected", "variance"])
    steps = cumulative.diff().fillna(cumulative)
    steps["parameters"] = relative * steps["expected"]
    steps.attrs["customers"] = len(summary)
    return steps


def _cohort_history(tx: Transactions, day: int, period_days: int) -> pd.DataFrame:
    """Return by lag of 0, 1, … calendar periods: new customers that long ago, and sales per new customer."""
    measure = measure_of(tx)
    numbered = tenure_days(tx, day, measure).with_columns(
        period=(day - 1 - nw.col("day")) // period_days, cohort=(day - 1 - nw.col("first_day")) // period_days
    )
    grouped = numbered.group_by("cohort", "period").agg(nw.col("value").sum().cast(nw.Int64).alias("value"))
    days = collect(tx, grouped, "cohort", "period").astype("int64")
    new = ((day - 1 - first_days(tx, day)) // period_days).value_counts().sort_index()
    # The oldest period is where the log begins: its customers are not new, and it may be cut short.
    new = new[new.index < new.index.max()].reindex(range(int(new.index.max())), fill_value=0)
    seen = days[days["cohort"].isin(new.index)]
    sales = seen.groupby([seen["cohort"] - seen["period"]])["value"].sum() / units(measure)
    observed = [float(new[new.index >= lag].sum()) for lag in range(len(new))]
    per_new = [sales.get(lag, 0.0) / people if people else np.nan for lag, people in enumerate(observed)]
    return pd.DataFrame({"new": new.to_numpy(), "per_new_customer": per_new}, index=range(len(new)))
