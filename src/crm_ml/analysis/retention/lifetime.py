"""Simple lifetime value, customer equity, and what a better retention would be worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.day_table import has_margin
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.retention.rates import active_in_both
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.totals import customer_totals, last_window, measured
from crm_ml.analysis.values import share
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_fraction, check_positive
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["customer_equity", "lifetime_value", "retention_what_if", "simple_lifetime_value"]

_DAYS_A_YEAR = 365


def lifetime_value(margin: float, retention: float, discount_rate: float) -> float:
    """Return m·r ÷ (1 + i − r): the present value of a yearly margin that is kept with probability r.

    The first margin falls after one year. With a retention of 1 it is a perpetuity.

    Raises
    ------
    InputError
        When retention lies outside [0, 1], or nothing discounts (r = 1 and i = 0).

    Examples
    --------
    >>> round(lifetime_value(100, 0.9, 0.10), 2), round(lifetime_value(100, 0.95, 0.10), 2)
    (450.0, 633.33)
    """
    check_fraction(retention, what="retention")
    if 1 + discount_rate - retention <= 0:
        raise InputError(
            "the value is infinite",
            got=f"retention {retention}, discount_rate {discount_rate}",
            do="give a discount_rate above 0",
        )
    return margin * retention / (1 + discount_rate - retention)


def simple_lifetime_value(
    tx: Transactions,
    *,
    margin_rate: float | None = None,
    discount_rate: float = 0.10,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Compute profit per purchase × purchases a year × mean years a customer, plain and discounted.

    A baseline for the probabilistic lifetime value, not a forecast for one customer.

    Parameters
    ----------
    tx : Transactions
        The log.
    margin_rate : float, optional
        Margin as a share of revenue where the log has no cost; without it the value is one of revenue, and
        the basis says so.
    discount_rate : float
        Yearly.
    as_of, period_days
        The last period and its length; retention is measured between the last two.

    Returns
    -------
    Result
        ``line, amount``: the three factors, their product, the yearly retention and the discounted value.
    """
    if not tx.has_money:
        return not_computed("simple_lifetime_value", "amount")
    window = last_window(tx, as_of, period_days)
    totals = customer_totals(tx, window)
    active = totals[totals["purchase_days"] > 0]
    years = period_days / _DAYS_A_YEAR
    rate = 1.0 if margin_rate is None or has_margin(tx) else check_fraction(margin_rate, what="margin_rate")
    basis = "margin" if has_margin(tx) else "revenue" if margin_rate is None else "margin (estimated)"
    money = float(measured(active, "margin" if has_margin(tx) else "revenue").sum()) * rate
    orders = float(active["orders"].sum())
    both = active_in_both(tx, as_of=as_of, period_days=period_days)
    kept = float(both.mean()) ** (1 / years) if len(both) else float("nan")
    per_purchase = money / orders if orders else float("nan")
    per_year = orders / len(active) / years if len(active) else float("nan")
    lifetime = 1 / (1 - kept) if kept < 1 else float("nan")
    yearly = per_purchase * per_year
    discounted = lifetime_value(yearly, kept, discount_rate) if kept <= 1 else float("nan")
    lines = [
        ("margin_per_purchase", per_purchase),
        ("purchases_per_year", per_year),
        ("mean_years", lifetime),
        ("plain_value", yearly * lifetime),
        ("retention", kept),
        ("discounted_value", discounted),
    ]
    return finished(
        "simple_lifetime_value",
        pd.DataFrame(lines, columns=["line", "amount"]),
        source="DOMAIN 47; S4 s100; Gupta & Lehmann (2003), Journal of Interactive Marketing 17(1)",
        parameters={"discount_rate": discount_rate, "period_days": period_days, "currency": tx.currency},
        basis=basis,
        n=len(active),
        warnings=(note("estimated"),) if "estimated" in basis else (),
        figures={"plain_value": yearly * lifetime, "discounted_value": discounted},
    )


def retention_what_if(
    margin: float,
    retention: float,
    *,
    discount_rate: float = 0.10,
    points: tuple[float, ...] = (0.01, 0.02, 0.05, 0.10),
    customers: int = 1,
    basis: str = "margin",
) -> Result:
    """Say what a higher retention would be worth, from own figures.

    Parameters
    ----------
    margin : float
        Yearly margin of a customer.
    retention : float
        Measured yearly retention.
    discount_rate : float
        Yearly.
    points : tuple of float
        Rises of retention, as a share (0.05 = five points); a retention never rises above 1.
    customers : int
        Number of customers the value is multiplied by.
    basis : str
        What the margin is.

    Examples
    --------
    >>> round(float(retention_what_if(100, 0.90).table.loc[2, "change"]), 3)
    0.407
    """
    now = lifetime_value(margin, retention, discount_rate)
    rows = []
    for rise in points:
        better = min(1.0, retention + rise)
        value = lifetime_value(margin, better, discount_rate)
        rows.append(
            (rise, better, now * customers, value * customers, value / now - 1 if now else float("nan"))
        )
    table = pd.DataFrame(rows, columns=["rise", "retention", "value_now", "value_then", "change"])
    return finished(
        "retention_what_if",
        table,
        source="DOMAIN 51; S1 l.88; Reichheld & Sasser (1990), Reinartz & Kumar (2000), Sharp (2005)",
        parameters={"margin": margin, "retention": retention, "discount_rate": discount_rate},
        basis=basis,
        n=customers,
        warnings=(note("what_if"),),
        plotter=charts.bars("rise", "change", share=True),
    )


def customer_equity(
    values: IntoFrame | None,
    groups: IntoFrame | None = None,
    *,
    group: str = "segment",
    new_customers: float = 0.0,
    value_of_new: float = 0.0,
    cost_of_new: float = 0.0,
) -> Result:
    """Add up the lifetime values of all customers, and of those still to be won.

    Parameters
    ----------
    values : table, optional
        ``customer_id, clv``.
    groups : table, optional
        ``customer_id`` and the column `group`.
    group : str
        Column of `groups`.
    new_customers, value_of_new, cost_of_new : float
        Expected new customers, the lifetime value and the acquisition cost of one.

    Examples
    --------
    >>> values = pd.DataFrame({"customer_id": ["a", "b"], "clv": [30.0, 10.0]})
    >>> customer_equity(values, new_customers=10, value_of_new=5, cost_of_new=3).figures["customer_equity"]
    60.0
    """
    if values is None:
        return not_computed("customer_equity", "clv")
    check_positive(1 + new_customers, what="1 + new_customers")
    table = customer_table(values, "clv", name="customer values")
    clv = numeric(table, "clv", name="customer values").dropna()
    segment = pd.Series("existing", index=clv.index)
    if groups is not None:
        named = customer_table(groups, group, name="groups")[group]
        segment = named.reindex(clv.index).astype("object").where(lambda cells: cells.notna(), "unknown")
    grouped = clv.groupby(segment.rename("segment"))
    found = pd.DataFrame({"customers": grouped.size(), "clv": grouped.sum()}).reset_index()
    if new_customers:
        future = new_customers * (value_of_new - cost_of_new)
        won = pd.DataFrame(
            {"segment": ["future_customers"], "customers": [round(new_customers)], "clv": [future]}
        )
        found = pd.concat([found, won], ignore_index=True)
    total = float(found["clv"].sum())
    found["share"] = share(found["clv"], total)
    heads = max(1, int(0.2 * len(clv) + 1e-9))
    best = float(clv.nlargest(heads).sum()) / float(clv.sum()) if clv.sum() > 0 else float("nan")
    return finished(
        "customer_equity",
        found,
        source="DOMAIN 49 and §0; S4 s99, s102; Blattberg & Deighton (1996), Harvard Business Review",
        parameters={"new_customers": new_customers, "value_of_new": value_of_new, "cost_of_new": cost_of_new},
        basis="clv",
        n=len(clv),
        figures={
            "customer_equity": total,
            "best_20_share": best,
            "median_clv": float(np.median(clv)) if len(clv) else float("nan"),
        },
        plotter=charts.bars("segment", "clv"),
    )
