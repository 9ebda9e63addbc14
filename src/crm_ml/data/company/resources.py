"""What the company spends and plans: products, cost pools, employees, investments, targets, periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crm_ml.data.company.base import YEAR, Base, dates, day_of
from crm_ml.data.company.people import OWNERS

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

__all__ = ["resource_tables"]

_SALARIES = (50_000, 42_000, 38_500, 61_000, 45_000)
_ORDER_COST, _DELIVERY_COST = 3.0, 1.25
_UNALLOCATED = 2_500.0


def resource_tables(
    base: Base, tables: dict[str, pd.DataFrame], rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Return products, costs, employees, investments, targets, weather, periods, targets of the scorecard."""
    import pandas as pd

    base.planted["hourly_cost"] = 50_000 * 3.2 / 1400
    return {
        "products": _products(base),
        "costs": _costs(base, tables["contacts"]),
        "employees": pd.DataFrame({"employee": OWNERS, "gross_salary": _SALARIES}),
        "investments": _investments(base, rng),
        "targets": _targets(base),
        "category_targets": _category_targets(base),
        "regressors": _weather(base, rng),
        "periods": _periods(base, tables),
        "scorecard_targets": pd.DataFrame(
            {"measure": ["retention", "on_time_share", "nps", "revenue"], "target": [0.8, 0.95, 20.0, np.nan],
             "budget": [np.nan, np.nan, np.nan, round(1.05 * float(base.customers["spent_before"].sum()), 2)]}
        ),
    }  # fmt: skip


def _products(base: Base) -> pd.DataFrame:
    """Return each product with its category, its tier within it by price, and its unit cost."""
    sold = base.lines[base.lines["quantity"] > 0]
    grouped = sold.groupby("product_id")
    table = grouped[["list_price", "cost", "quantity"]].sum()
    table["category"] = grouped["category"].first()
    table["price"] = (table["list_price"] / table["quantity"]).round(2)
    table["unit_cost"] = (table["cost"] / table["quantity"]).round(2)
    place = table.groupby("category")["price"].rank(pct=True)
    table["tier"] = np.ceil(3 * place).clip(1, 3).astype("int64")
    return table[["category", "tier", "price", "unit_cost"]].reset_index()


def _costs(base: Base, contacts: pd.DataFrame) -> pd.DataFrame:
    """Return pools of the last year with their drivers; they are what the contacts and orders cost."""
    import pandas as pd

    year = base.last_year()
    sent = year[year["quantity"] > 0]
    recent = contacts[contacts["date"] >= dates(base.end - YEAR)]
    drivers = {
        "contacts": (recent.groupby("customer_id")["minutes"].sum(), float(recent["cost"].sum())),
        "order handling": (
            orders := sent.groupby("customer_id")["order_id"].nunique(),
            _ORDER_COST * float(orders.sum()),
        ),
        "deliveries": (lines := sent.groupby("customer_id").size(), _DELIVERY_COST * float(lines.sum())),
    }
    parts = [
        pd.DataFrame(
            {
                "activity": activity,
                "customer_id": quantity.index,
                "driver_quantity": quantity.to_numpy(),
                "pool_cost": round(pool, 2),
            }
        )
        for activity, (quantity, pool) in drivers.items()
    ]
    loose = pd.DataFrame(
        {"activity": ["building"], "customer_id": [None], "driver_quantity": [0], "pool_cost": [_UNALLOCATED]}
    )
    base.planted["pool_cost"] = round(sum(round(pool, 2) for _, pool in drivers.values()) + _UNALLOCATED, 2)
    return pd.concat([*parts, loose], ignore_index=True)


def _investments(base: Base, rng: np.random.Generator) -> pd.DataFrame:
    import pandas as pd

    largest = base.customers["spent"].nlargest(10)
    margin = (0.38 * largest).round(2)
    return pd.DataFrame(
        {
            "customer_id": largest.index,
            "investment": (margin * rng.uniform(0.5, 3.0, len(largest))).round(2),
            "yearly_margin": margin.to_numpy(),
            "retention": 0.9,
        }
    ).reset_index(drop=True)


def _targets(base: Base) -> pd.DataFrame:
    """Return targets of the fifty largest customers of the year before: 10 % more revenue, 5 % more units."""
    import pandas as pd

    day = base.lines["date"]
    before = base.lines[(day >= dates(base.end - 2 * YEAR)) & (day < dates(base.end - YEAR))]
    sums = before.groupby("customer_id")[["amount", "quantity"]].sum().nlargest(50, "amount")
    table = {"customer_id": sums.index, "target_revenue": (1.10 * sums["amount"]).round(2).to_numpy(),
             "target_quantity": (1.05 * sums["quantity"]).round().to_numpy()}  # fmt: skip
    return pd.DataFrame(table)


def _category_targets(base: Base) -> pd.DataFrame:
    """Return the plan of each category: 10 % more revenue and 5 % more units than the year before."""
    day = base.lines["date"]
    before = base.lines[(day >= dates(base.end - 2 * YEAR)) & (day < dates(base.end - YEAR))]
    sums = before.groupby("category")[["amount", "quantity"]].sum()
    planned = {"revenue": (1.10 * sums["amount"]).round(2), "quantity": (1.05 * sums["quantity"]).round()}
    table: pd.DataFrame = sums.assign(**planned)[["revenue", "quantity"]].reset_index()
    return table


def _weather(base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """Return the mean temperature of every day, which moves nothing: an analysis must find no influence."""
    import pandas as pd

    day = np.arange(base.start, base.end)
    seasonal = 10 - 8 * np.cos(2 * np.pi * (day % 365.25) / 365.25)
    return pd.DataFrame({"date": dates(day), "temperature": (seasonal + rng.normal(0, 3, len(day))).round(1)})


def _periods(base: Base, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return margin, marketing cost and active customers of the last two years."""
    import pandas as pd

    def ago(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
        return (base.end - 1 - day_of(column)) // YEAR

    lines, spent, contacts = base.lines, tables["marketing"], tables["contacts"]
    rows = []
    for years in (1, 0):
        sold = lines[ago(lines["date"]) == years]
        called = contacts[ago(contacts["date"]) == years]
        rows.append(
            {
                "period": f"{2 - years}",
                "margin": round(float((sold["amount"] - sold["cost"]).sum()), 2),
                "marketing_cost": round(float(spent.loc[ago(spent["date"]) == years, "cost"].sum()), 2),
                "sales_hours": round(float(called["minutes"].sum()) / 60, 1),
                "service_cost": round(float(called["cost"].sum()), 2),
                "active_customers": int(sold.loc[sold["quantity"] > 0, "customer_id"].nunique()),
            }
        )
    return pd.DataFrame(rows)
