"""Cohorts by the month of the first purchase: who comes back, and how long they stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.day_table import collect, customer_days
from crm_ml.analysis.results import empty_result, finished
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.totals import measure_of, units
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_fraction, check_positive
from crm_ml.data.windows import DateLike, Window, as_date, as_day

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["cohort_grid", "first_year_decay", "tenure_days"]


def first_year_decay(
    tx: Transactions,
    groups: IntoFrame | None = None,
    *,
    divisions: tuple[str, ...] = ("channel", "owner", "segment"),
    as_of: DateLike | None = None,
    period_days: int = 365,
    fall: float = 0.5,
) -> Result:
    """Measure which part of each cohort never came back within a year of its first purchase.

    Parameters
    ----------
    tx : Transactions
        The log.
    groups : table, optional
        ``customer_id`` and those of `divisions` that are known.
    divisions : tuple of str
        Columns by which the decay is divided too: how a customer was won, by whom, its class.
    as_of : date-like, optional
        First day that is not seen; by default the day after the last row. Only customers with a full
        `period_days` after their first purchase count.
    period_days : int
        Length of the first year.
    fall : float
        A customer that came back has shrunk when the second half of the year is below (1 − fall) of the
        first half without the first order.

    Returns
    -------
    Result
        ``cohort, customers, never_back, shrunk, kept`` as shares; ``tables["survival"]``: share that is not
        back yet after so many days; ``tables["groups"]``: the same shares by ``attribute`` and ``group``.
        Figure ``never_back`` over all cohorts.
    """
    check_fraction(fall, what="fall")
    end = as_day(tx.last_day) + 1 if as_of is None else as_day(as_of)
    customers = _first_year(tx, end, measure_of(tx), period_days)
    customers = customers[end - customers["first_day"] >= period_days].set_index("customer_id")
    if customers.empty:
        return empty_result("first_year_decay", note("history_too_short", days=period_days))
    back = customers["back_after"].notna()
    shrunk = back & (customers["second_half"] < (1 - fall) * customers["first_half"])
    customers = customers.assign(never_back=~back, shrunk=shrunk, kept=back & ~shrunk)
    months = {day: f"{as_date(int(day)):%Y-%m}" for day in customers["first_day"].unique()}
    grouped = customers.groupby(customers["first_day"].map(months).rename("cohort"))
    table = grouped[["never_back", "shrunk", "kept"]].mean()
    table.insert(0, "customers", grouped.size())
    tables = {"survival": _survival(customers["back_after"], period_days)}
    if groups is not None and len(divided := _divided(customers, groups, divisions)):
        tables["groups"] = divided
    return finished(
        "first_year_decay",
        table.reset_index(),
        source="DOMAIN 43 and §0; S4 s21",
        parameters={"period_days": period_days, "fall": fall},
        basis=measure_of(tx),
        n=len(customers),
        tables=tables,
        figures={"never_back": float((~back).mean())},
        plotter=charts.bars("cohort", "never_back", "shrunk", "kept", share=True),
    )


def cohort_grid(
    tx: Transactions, *, as_of: DateLike | None = None, period_days: int = 91, measure: str | None = None
) -> Result:
    """Follow each cohort over periods since its first purchase.

    Parameters
    ----------
    tx : Transactions
        The log.
    as_of : date-like, optional
        First day that is not seen.
    period_days : int
        Length of a period of tenure.
    measure : str, optional
        ``revenue``, ``margin`` or ``orders``.

    Returns
    -------
    Result
        A row for each cohort (month) and period: ``customers`` (size of the cohort), ``active``,
        ``share_active``, ``amount``, ``per_member``, ``per_active``. A period counts only where the whole
        cohort was observed through it.
    """
    check_positive(period_days, what="period_days")
    chosen = measure_of(tx, measure)
    end = as_day(tx.last_day) + 1 if as_of is None else as_day(as_of)
    days = _by_period(tx, end, chosen, period_days)
    days["cohort"] = [f"{as_date(int(day)):%Y-%m}" for day in days["first_day"]]
    first = days[days["period"] == 1]
    sizes = first.groupby("cohort").agg(customers=("active", "sum"), newest=("first_day", "max"))
    grouped = days.groupby(["cohort", "period"])
    active, amount = grouped["active"].sum(), grouped["value"].sum() / units(chosen)
    complete = {cohort: (end - newest) // period_days for cohort, newest in sizes["newest"].items()}
    places = [(cohort, period) for cohort, last in complete.items() for period in range(1, int(last) + 1)]
    if not places:
        return empty_result("cohort_grid", note("history_too_short", days=period_days))
    index = pd.MultiIndex.from_tuples(places, names=["cohort", "period"])
    table = pd.DataFrame({"active": active, "amount": amount}).reindex(index, fill_value=0).reset_index()
    table.insert(2, "customers", table["cohort"].map(sizes["customers"]))
    table["share_active"] = table["active"] / table["customers"]
    table["per_member"] = table["amount"] / table["customers"]
    table["per_active"] = table["amount"] / table["active"].where(table["active"] > 0)
    return finished(
        "cohort_grid",
        table,
        source="DOMAIN 43, 45; S4 s21; fixed cohorts after DOMAIN §5",
        parameters={"period_days": period_days, "measure": chosen, "currency": tx.currency},
        basis=(tx.basis or "revenue") if chosen == "revenue" else chosen,
        n=int(sizes["customers"].sum()),
        plotter=charts.heat_map("cohort", "period", "share_active"),
    )


def tenure_days(tx: Transactions, end: int, measure: str) -> nw.LazyFrame[Any]:
    """Return one row a customer and day with ``first_day``, ``age`` (days since it), ``value``, ``purchase``.

    Days before the first purchase (returns of an unseen sale) are left out.
    """
    start = as_day(tx.first_day)
    days = customer_days(tx, Window(start, max(1, end - start)))
    value: Any = nw.col("purchase") if measure == "orders" else nw.col(measure)
    dated = days.select(
        "customer_id", "day", "first_day", "purchase", value=value, age=nw.col("day") - nw.col("first_day")
    )
    return dated.filter(nw.col("age") >= 0)


def _divided(customers: pd.DataFrame, groups: IntoFrame, divisions: tuple[str, ...]) -> pd.DataFrame:
    """Return customers, never back, shrunk and kept by each value of each known division."""
    known = customer_table(groups, name="groups").reindex(customers.index)
    parts = []
    for name in (name for name in divisions if name in known):
        group = known[name].astype("object").where(lambda cells: cells.notna(), "unknown").astype("str")
        grouped = customers.groupby(group.rename("group"))
        shares = grouped[["never_back", "shrunk", "kept"]].mean()
        shares.insert(0, "customers", grouped.size())
        parts.append(shares.reset_index().assign(attribute=name))
    columns = ["attribute", "group", "customers", "never_back", "shrunk", "kept"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _first_year(tx: Transactions, end: int, measure: str, period_days: int) -> pd.DataFrame:
    later = nw.col("age").is_between(1, period_days - 1)
    half = nw.col("age") * 2 >= period_days
    back = nw.when(later & (nw.col("purchase") == 1)).then(nw.col("age"))
    parts = {"first_half": later & ~half, "second_half": later & half}
    sums = [
        nw.when(part).then(nw.col("value")).otherwise(nw.lit(0)).sum().cast(nw.Int64).alias(name)
        for name, part in parts.items()
    ]
    grouped = (
        tenure_days(tx, end, measure)
        .group_by("customer_id")
        .agg(nw.col("first_day").min().cast(nw.Int64), back.min().cast(nw.Float64).alias("back_after"), *sums)
    )
    return collect(tx, grouped, "customer_id")


def _by_period(tx: Transactions, end: int, measure: str, period_days: int) -> pd.DataFrame:
    days = tenure_days(tx, end, measure).with_columns(period=nw.col("age") // period_days + 1)
    per_customer = days.group_by("customer_id", "first_day", "period").agg(
        nw.col("value").sum().cast(nw.Int64).alias("value"), nw.col("purchase").max().alias("active")
    )
    grouped = per_customer.group_by("first_day", "period").agg(
        nw.col("value").sum().cast(nw.Int64).alias("value"),
        nw.col("active").sum().cast(nw.Int64).alias("active"),
    )
    return collect(tx, grouped, "first_day", "period").astype("int64")


def _survival(back_after: pd.Series[float], period_days: int) -> pd.DataFrame:
    marks = np.arange(0, period_days + 1, max(1, period_days // 12))
    waited = back_after.fillna(np.inf).to_numpy()
    return pd.DataFrame({"days": marks, "not_back_yet": [float((waited > mark).mean()) for mark in marks]})
