"""How revenue and profit of a customer build up over the years since the first purchase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.day_table import collect, customer_days, has_margin
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.retention.build_up_lines import cost_by_tenure, referrals_by_tenure
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_positive
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import DateLike, Window, as_day

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["profit_build_up"]


def profit_build_up(
    tx: Transactions,
    *,
    margin_rate: float | None = None,
    acquisition_cost: float | None = None,
    costs: IntoFrame | None = None,
    referrals: IntoFrame | None = None,
    years: int = 7,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Compare each year of tenure with the first one, for the same customers.

    Parameters
    ----------
    tx : Transactions
        The log; with quantity the rise is divided into volume and price.
    margin_rate : float, optional
        Margin as a share of revenue where the log has no cost; without it the figures are revenue.
    acquisition_cost : float, optional
        Cost of winning one customer; stands in the first year.
    costs : table, optional
        ``customer_id, cost_to_serve`` of the last period.
    referrals : table, optional
        ``customer_id, referred_by``.
    years : int
        Most years of tenure shown.
    as_of : date-like, optional
        First day that is not seen.
    period_days : int
        Length of a year of tenure.

    Returns
    -------
    Result
        ``tenure_year, customers`` (observed through that year), ``active``, ``per_member``, ``per_active``,
        ``base`` (first year of these same customers), ``volume_effect`` = ΔQ·m₁, ``price_effect`` = the rest,
        ``acquisition``; ``cost_effect`` (by how much an active customer is cheaper to serve than one in the
        first year, customers of the last period compared) and ``referral`` (first-year money of customers
        referred in that year, per member).

    Notes
    -----
    A rise per *active* customer beside a fall per *member* is survival, not growth: both lines are shown.
    """
    check_positive(years, what="years")
    if not tx.has_money:
        return not_computed("profit_build_up", "amount")
    measure = "margin" if has_margin(tx) else "revenue"
    rate = 1.0 if margin_rate is None or has_margin(tx) else margin_rate
    end = as_day(tx.last_day) + 1 if as_of is None else as_day(as_of)
    table = _by_tenure(tx, end, measure, period_days)
    # Members of a year are the customers who were observed through it; each year has other ones.
    members = table[table["tenure_year"] == 1].set_index("observed_years")["customers"]
    rows = [
        _year(table[table["observed_years"] >= year], year, int(members[members.index >= year].sum()), rate)
        for year in range(1, years + 1)
        if (members.index >= year).any()
    ]
    if not rows:
        return empty_result("profit_build_up", note("history_too_short", days=period_days))
    found = pd.DataFrame(rows)
    years_of = found["tenure_year"]
    if acquisition_cost is not None:
        found["acquisition"] = np.where(years_of == 1, -acquisition_cost, 0.0)
    if costs is not None:
        found["cost_effect"] = years_of.map(cost_by_tenure(tx, costs, end, period_days))
    if referrals is not None:
        brought = referrals_by_tenure(tx, referrals, end, measure, period_days) * rate
        found["referral"] = years_of.map(brought).fillna(0.0) / found["customers"]
    basis = measure if measure == "margin" or margin_rate is None else "margin (estimated)"
    lines = {
        "quantity": tx.has("quantity") or None,
        "acquisition_cost": acquisition_cost,
        "cost_to_serve": costs,
        "referred_by": referrals,
    }
    missing = [note("without_column", column=name) for name, given in lines.items() if given is None]
    return finished(
        "profit_build_up",
        found,
        source="DOMAIN 50 and §5; S4 s101; Reichheld (1996), The Loyalty Effect",
        parameters={"period_days": period_days, "margin_rate": margin_rate, "currency": tx.currency},
        basis=basis,
        n=int(members.sum()),
        warnings=(*missing, note("survivors")),
        plotter=charts.bars("tenure_year", "per_member", "per_active"),
    )


def _by_tenure(tx: Transactions, end: int, measure: str, period_days: int) -> pd.DataFrame:
    """Return sums by the number of years that customers were observed in full, and the year of tenure."""
    days = customer_days(tx, Window(tx.first_day, end - as_day(tx.first_day)))
    age = nw.col("day") - nw.col("first_day")
    dated = days.filter(age >= 0).with_columns(
        tenure_year=age // period_days + 1, observed_years=(end - nw.col("first_day")) // period_days
    )
    quantity = nw.col("quantity") if tx.has("quantity") else nw.col("purchase").cast(nw.Float64)
    a_customer = dated.group_by("customer_id", "observed_years", "tenure_year").agg(
        nw.col(measure).sum().cast(nw.Int64).alias("value"),
        quantity.sum().alias("quantity"),
        nw.col("purchase").max().alias("active"),
    )
    grouped = a_customer.group_by("observed_years", "tenure_year").agg(
        nw.col("value").sum().cast(nw.Int64),
        nw.col("quantity").sum(),
        nw.col("active").sum().cast(nw.Int64),
        nw.len().cast(nw.Int64).alias("customers"),
    )
    return collect(tx, grouped, "observed_years", "tenure_year")


def _year(table: pd.DataFrame, year: int, members: int, rate: float) -> dict[str, float]:
    this, base = table[table["tenure_year"] == year], table[table["tenure_year"] == 1]
    value, value_1 = (float(part["value"].sum()) / MONEY_SCALE * rate for part in (this, base))
    quantity, quantity_1 = float(this["quantity"].sum()), float(base["quantity"].sum())
    active = int(this["active"].sum())
    volume = (quantity - quantity_1) * value_1 / quantity_1 if quantity_1 else float("nan")
    return {
        "tenure_year": year,
        "customers": members,
        "active": active,
        "per_member": value / members,
        "per_active": value / active if active else float("nan"),
        "base": value_1 / members,
        "volume_effect": volume / members,
        "price_effect": (value - value_1 - volume) / members,
    }
