"""What the coming periods will sell: existing customers by the purchase model, new ones by recent cohorts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.analysis.cross_selling.season import seasonal_factors
from crm_ml.analysis.day_table import by_customer, collect, customer_days, first_days
from crm_ml.analysis.retention.cohorts import tenure_days
from crm_ml.analysis.totals import measure_of, units
from crm_ml.data.memory import once
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import Window, as_day, is_before
from crm_ml.models.clv.intervals import deviation, limits
from crm_ml.models.clv.rows import Array, read_rows, total

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions
    from crm_ml.models.clv.lifetime_value import LifetimeValue
    from crm_ml.models.clv.purchase_model import PurchaseModel

__all__ = ["ExpectedSales", "expected_sales", "purchase_model"]

_NORMAL_90 = 1.6448536269514722
_LEARN_ON = 10_000  # customers behind the value of a purchase: more make the model slower and no better


@dataclass(frozen=True)
class ExpectedSales:
    """Expected sales.

    Parameters
    ----------
    table : DataFrame
        ``period, existing_customers, new_customers, total, half_width`` of a 90 % band.
    new_customers : float
        New customers a period, before the season.
    customers : int
        Number of existing customers.
    """

    table: pd.DataFrame
    new_customers: float
    customers: int


def expected_sales(
    tx: Transactions,
    day: int,
    *,
    periods: int,
    period_days: int,
    new_customers: float | None = None,
    band: bool = True,
) -> ExpectedSales:
    """Return the sales that are expected from a day on, seen from that day.

    Existing customers: BG/NBD × gamma-gamma. New customers: so many a period, each with the sales that recent
    cohorts had in their first, second, … calendar period. Both are multiplied by the season, where the log
    shows the same days of an earlier year in the middle of a full one. Without `band` the ``half_width`` does
    not hold the uncertainty of the model's parameters, which costs half of the time.

    Raises
    ------
    InputError
        When the purchase model cannot be fitted.
    """
    history = _cohort_history(tx, day, period_days)
    existing, customers = _existing(tx, day, periods, period_days, band=band)
    rate = _arrivals(history["new"]) if new_customers is None else new_customers
    curve = history["per_new_customer"].reindex(range(periods)).ffill().fillna(0.0).to_numpy()
    season = seasonal_factors(tx, day, periods=periods, period_days=period_days)
    existing = existing.mul(season, axis=0)
    fresh = season * rate * np.cumsum(curve)
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
    return ExpectedSales(table, rate, customers)


def _arrivals(new: pd.Series[int]) -> float:
    """Carry the last number of new customers forward with half of its trend; own choice."""
    if new.empty:
        return 0.0
    last, before = float(new.iloc[0]), float(new.iloc[min(1, len(new) - 1)])
    return last * float(np.sqrt(np.clip(last / max(before, 1.0), 0.25, 1.5)))


def _existing(
    tx: Transactions, day: int, periods: int, period_days: int, *, band: bool
) -> tuple[pd.DataFrame, int]:
    """Return by period what existing customers will buy: ``expected, variance, parameters`` (their error)."""
    summary, model = purchase_model(tx, day)
    # Customers of one history buy alike: only what a purchase is worth differs, and that adds up.
    rows, history = read_rows(summary).grouped()
    value = model.value_.expected_value(summary).to_numpy() if model.value_ else np.ones(len(summary))
    worth, squared = total(history, value), total(history, value**2)

    def purchases(bought: PurchaseModel, number: int) -> Array:
        expected: Array = bought.purchases_of(rows, number * period_days / bought.days_per_unit, 0.0)[0]
        return expected

    bought = model.purchases_
    sold = [purchases(bought, number) for number in range(1, periods + 1)]
    cumulative = pd.DataFrame(
        {"expected": [one @ worth for one in sold], "variance": [one @ squared for one in sold]}
    )
    steps = cumulative.diff().fillna(cumulative)
    steps["parameters"] = 0.0
    if band and cumulative["expected"].iloc[-1] > 0:
        # Limits are dear: those of the longest horizon, as a share, serve for every period.
        spread = deviation(bought, lambda one: purchases(one, periods))
        low, high = limits(sold[-1], spread, 0.9)
        width = float((high - low) / 2 @ worth) / cumulative["expected"].iloc[-1]
        steps["parameters"] = width * steps["expected"]
    return steps, len(summary)


def purchase_model(tx: Transactions, day: int) -> tuple[pd.DataFrame, LifetimeValue]:
    """Return the history of each customer known before a day, and BG/NBD × gamma-gamma fitted on them.

    Raises
    ------
    InputError
        When the purchase model cannot be fitted.
    """

    def fitted() -> tuple[pd.DataFrame, LifetimeValue]:
        summary = _histories(tx, day)
        return summary, _fitted(summary)

    return once(tx, ("purchase model", day), fitted)


def _histories(tx: Transactions, day: int) -> pd.DataFrame:
    """Return ``frequency, t_x, T`` and ``monetary_value`` of each customer known before a day.

    Money is that of whole days, so that what was returned on the same day does not count as sold.
    """
    days = customer_days(tx, Window(tx.first_day, day - as_day(tx.first_day))).filter(nw.col("purchase") == 1)
    dated = days.with_columns(age=nw.col("day") - nw.col("first_day"))
    times = [
        (nw.col("purchase").sum() - 1).cast(nw.Int64).alias("frequency"),
        nw.col("age").max().cast(nw.Int64).alias("t_x"),
        (day - nw.col("first_day").min()).cast(nw.Int64).alias("T"),
    ]
    if tx.has_money:
        repeated = nw.when(nw.col("age") > 0).then(nw.col("revenue")).otherwise(nw.lit(0))
        times.append(repeated.sum().cast(nw.Int64).alias("repeated"))
    table = by_customer(tx, dated.group_by("customer_id").agg(*times))
    if tx.has_money:
        mean = table.pop("repeated") / MONEY_SCALE / table["frequency"].where(table["frequency"] > 0)
        table["monetary_value"] = mean.fillna(0.0)
    return table


def _fitted(summary: pd.DataFrame) -> LifetimeValue:
    from crm_ml.models.clv.gamma_gamma import GammaGamma
    from crm_ml.models.clv.lifetime_value import LifetimeValue

    # Purchases are fitted on the counted histories of all customers, their value on a sample.
    model = LifetimeValue().fit(summary[["frequency", "t_x", "T"]])
    if "monetary_value" not in summary:
        return model
    sample = summary if len(summary) <= _LEARN_ON else summary.sample(_LEARN_ON, random_state=0)
    return model.with_models(value=GammaGamma().fit(sample))


def _cohort_history(tx: Transactions, day: int, period_days: int) -> pd.DataFrame:
    """Return by lag of 0, 1, … calendar periods: new customers that long ago, and sales per new customer."""
    measure = measure_of(tx)
    known = _sales_by_first_day(tx, measure)
    known = known[is_before(known["day"], day)]
    lag = pd.DataFrame({name: (day - 1 - known[name]) // period_days for name in ("first_day", "day")})
    days = lag.set_axis(["cohort", "period"], axis=1).assign(value=known["value"])
    new = ((day - 1 - first_days(tx, day)) // period_days).value_counts().sort_index()
    # The oldest period is where the log begins: its customers are not new, and it may be cut short.
    new = new[new.index < new.index.max()].reindex(range(int(new.index.max())), fill_value=0)
    seen = days[days["cohort"].isin(new.index)]
    sales = seen.groupby([seen["cohort"] - seen["period"]])["value"].sum() / units(measure)
    observed = [float(new[new.index >= lag].sum()) for lag in range(len(new))]
    per_new = [sales.get(lag, 0.0) / people if people else np.nan for lag, people in enumerate(observed)]
    return pd.DataFrame({"new": new.to_numpy(), "per_new_customer": per_new}, index=range(len(new)))


def _sales_by_first_day(tx: Transactions, measure: str) -> pd.DataFrame:
    """Return ``first_day, day, value``: what customers of the same first day bought on each day."""

    def computed() -> pd.DataFrame:
        days = tenure_days(tx, as_day(tx.last_day) + 1, measure)
        grouped = days.group_by("first_day", "day").agg(nw.col("value").sum().cast(nw.Int64).alias("value"))
        return collect(tx, grouped, "first_day", "day").astype("int64")

    return once(tx, ("sales by first day", measure), computed)
