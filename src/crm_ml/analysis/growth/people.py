"""What the people cost and earn: hourly rate, farmer's commission, scores of hunters and farmers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric, plain_table
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_fraction, check_positive

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["employee_rates", "farmer_commission", "hourly_cost", "seller_scores"]


def hourly_cost(gross_salary: float, *, factor: float = 3.2, hours: float = 1400) -> float:
    """Return the cost of one commercial hour: gross yearly salary × factor ÷ productive hours.

    Examples
    --------
    >>> round(hourly_cost(50_000), 2)
    114.29
    """
    check_positive(hours, what="hours")
    return gross_salary * factor / hours


def employee_rates(employees: IntoFrame | None, *, factor: float = 3.2, hours: float = 1400) -> Result:
    """Compute the hourly cost of each employee.

    Parameters
    ----------
    employees : table, optional
        ``employee, gross_salary`` (a full year).
    factor, hours : float
        From gross salary to full cost, and productive hours a year.

    Examples
    --------
    >>> employee_rates(pd.DataFrame({"employee": ["Ann"], "gross_salary": [50_000]})).table.round(2)
      employee  gross_salary  hourly_cost
    0      Ann       50000.0       114.29
    """
    if employees is None:
        return not_computed("employee_rates", "employees")
    raw = plain_table(employees, "employee", "gross_salary", name="employees")
    salary = numeric(raw, "gross_salary", name="employees", minimum=0)
    table = pd.DataFrame({"employee": raw["employee"], "gross_salary": salary})
    table["hourly_cost"] = table["gross_salary"].map(lambda one: hourly_cost(one, factor=factor, hours=hours))
    return finished(
        "employee_rates",
        table.sort_values("employee", kind="stable", ignore_index=True),
        source="DOMAIN 33; S4 s46",
        parameters={"factor": factor, "hours": hours},
        basis="cost",
        n=len(table),
        plotter=charts.bars("employee", "hourly_cost"),
    )


def farmer_commission(
    portfolio: IntoFrame | None,
    *,
    base: float = 0.02,
    cap: float = 0.2,
    wished_lifetime: float = 5.0,
    malus: float = 0.5,
    bonus: float = 1.5,
) -> Result:
    """Compute commission on the profit of a portfolio that is neither milked nor lost.

    Commission = base · Σ min(P_i, cap · ΣP) · clip(L̄ ÷ L*, malus, bonus), with L̄ the profit-weighted lifetime
    of the portfolio. The source only rises above the wished lifetime; the malus is our own.

    Parameters
    ----------
    portfolio : table, optional
        ``customer_id, owner, profit, lifetime_years``.
    base : float
        Share of the profit.
    cap : float
        Most that one customer counts for, as a share of the manager's profit.
    wished_lifetime : float
        L*, years.
    malus, bonus : float
        Limits of the lifetime factor.

    Returns
    -------
    Result
        A row an owner: ``customers, profit, counted_profit, capped_customers, lifetime, lifetime_factor,
        commission``; undefined (missing) where the profit of the portfolio is not above 0.

    Examples
    --------
    >>> portfolio = pd.DataFrame({"customer_id": list("abcdef"), "owner": "Ann", "profit": [50, 10, 10, 10,
    ...     10, 10],
    ...                           "lifetime_years": 5.0})
    >>> farmer_commission(portfolio).table[["owner", "counted_profit", "commission"]].to_numpy().tolist()
    [['Ann', 70.0, 1.4000000000000001]]
    """
    if portfolio is None:
        return not_computed("farmer_commission", "accounts")
    check_fraction(cap, what="cap")
    raw = customer_table(portfolio, "owner", "profit", "lifetime_years", name="portfolio")
    numbers = {
        column: numeric(raw, column, name="portfolio").fillna(0.0) for column in ("profit", "lifetime_years")
    }
    table = pd.DataFrame({"owner": raw["owner"].astype("object"), **numbers}).dropna(subset=["owner"])
    rates = {"base": base, "cap": cap, "wished_lifetime": wished_lifetime, "malus": malus, "bonus": bonus}
    rows = [_commission(str(owner), part, rates) for owner, part in table.groupby("owner", sort=True)]
    found = pd.DataFrame(rows)
    few = 0 if cap == 0 else int((found["customers"] < 1 / cap).sum()) if len(found) else 0
    undefined = int(found["commission"].isna().sum()) if len(found) else 0
    warnings = [note("cap_cuts_small", owners=few, least=f"{1 / cap:g}")] if few else []
    warnings += [note("commission_undefined", owners=undefined)] if undefined else []
    return finished(
        "farmer_commission",
        found,
        source="DOMAIN 34 and §0 (own formula after four rules of S4 s12, s59–60)",
        parameters=rates,
        basis="profit",
        n=len(table),
        warnings=tuple(warnings),
        plotter=charts.bars("owner", "commission"),
    )


def _commission(owner: str, part: pd.DataFrame, rates: dict[str, float]) -> dict[str, object]:
    total = float(part["profit"].sum())
    if total <= 0:
        empty = dict.fromkeys(("counted_profit", "lifetime", "lifetime_factor", "commission"), float("nan"))
        return {"owner": owner, "customers": len(part), "profit": total, "capped_customers": 0, **empty}
    limit = rates["cap"] * total
    counted = float(part["profit"].clip(upper=limit).sum())
    weights = part["profit"].clip(lower=0)
    lifetime = float((part["lifetime_years"] * weights).sum() / weights.sum())
    factor = float(np.clip(lifetime / rates["wished_lifetime"], rates["malus"], rates["bonus"]))
    return {
        "owner": owner,
        "customers": len(part),
        "profit": total,
        "capped_customers": int((part["profit"] > limit).sum()),
        "counted_profit": counted,
        "lifetime": lifetime,
        "lifetime_factor": factor,
        "commission": max(0.0, rates["base"] * counted * factor),
    }


def seller_scores(accounts: IntoFrame | None, quotes: IntoFrame | None = None) -> Result:
    """Score each seller as a hunter (who wins customers) and as a farmer (who keeps and grows them).

    Parameters
    ----------
    accounts : table, optional
        ``customer_id, owner, event, before, after``: the customer table of the revenue bridge with the owner.
    quotes : table, optional
        ``owner, won`` (true or false), a row a quote, for the hit rate.

    Returns
    -------
    Result
        A row an owner: ``new_customers, new_revenue`` and ``hit_rate`` (hunter); ``retention, net_retention``
        (farmer, over customers that were there); ``hunter_score`` and ``farmer_score``: own figure ÷ mean of
        all sellers (1.00 = average; own definition).

    Examples
    --------
    >>> accounts = pd.DataFrame({"customer_id": list("abc"), "owner": ["Ann", "Ann", "Bob"],
    ...     "event": ["new", "grown", "stopped"], "before": [0, 50, 40], "after": [30, 60, 0]})
    >>> seller_scores(accounts).table[["owner", "new_revenue", "net_retention"]].to_numpy().tolist()
    [['Ann', 30.0, 1.2], ['Bob', 0.0, 0.0]]
    """
    if accounts is None:
        return not_computed("seller_scores", "accounts")
    raw = customer_table(accounts, "owner", "event", "before", "after", name="accounts")
    table = raw[raw["owner"].notna()]
    if table.empty:
        return empty_result("seller_scores", note("no_customers"))
    rows = [_seller(str(owner), part) for owner, part in table.groupby("owner", sort=True)]
    found = pd.DataFrame(rows)
    if quotes is not None:
        asked = plain_table(quotes, "owner", "won", name="quotes")
        found["hit_rate"] = found["owner"].map(asked.groupby("owner")["won"].mean())
    for score, column in (("hunter_score", "new_revenue"), ("farmer_score", "net_retention")):
        average = found[column].mean()
        found[score] = found[column] / average if average > 0 else np.nan
    return finished(
        "seller_scores",
        found,
        source="DOMAIN 121; S4 s59; S0",
        basis="revenue",
        n=len(table),
        warnings=() if quotes is not None else (note("without_column", column="quotes"),),
        plotter=charts.bars("owner", "hunter_score", "farmer_score"),
    )


def _seller(owner: str, part: pd.DataFrame) -> dict[str, object]:
    won = part["event"].isin(["new", "reactivated"])
    kept = part["event"].isin(["grown", "shrunk", "same"])
    there = kept | (part["event"] == "stopped")
    before = float(part.loc[there, "before"].sum())
    return {
        "owner": owner,
        "customers": len(part),
        "new_customers": int(won.sum()),
        "new_revenue": float(part.loc[won, "after"].sum()),
        "retention": float(kept.sum() / there.sum()) if there.any() else float("nan"),
        "net_retention": float(part.loc[there, "after"].sum()) / before if before > 0 else float("nan"),
    }
