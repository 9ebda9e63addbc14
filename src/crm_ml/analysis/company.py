"""What is known of a company: its transactions, the optional tables beside them, and how to analyse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from crm_ml.base.validation import check_choice

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.data.transactions import Transactions

__all__ = ["TABLES", "AnalysisSettings", "Company"]

# Optional tables → columns that make them usable; an analysis whose table is missing says so by name.
TABLES: Mapping[str, str] = {
    "accounts": "customer_id; segment, owner, wallet, potential, co_operation, strategic scores (0–5), name",
    "clv_before": "customer_id, clv at an earlier date",
    "contacts": "customer_id; minutes, cost, answered: a row a contact",
    "costs": "activity, customer_id, driver_quantity, pool_cost",
    "employees": "employee, gross_salary",
    "investments": "customer_id, investment, yearly_margin; retention",
    "periods": "period, margin; marketing_cost, sales_hours, service_cost, active_customers",
    "products": "product_id, category, tier",
    "prospects": "customer_id; the attributes of accounts",
    "quotes": "owner, won",
    "scores": "customer_id; p_stopped, p_at_risk, usual_spend, expected_loss, clv: the risk list",
    "targets": "customer_id, target_revenue; target_quantity",
}


@dataclass(frozen=True)
class AnalysisSettings:
    """How the customer base is analysed; every value has a default.

    Parameters
    ----------
    period_days : int
        Length of the period that is compared with the one before it.
    group : str
        Column of the accounts table by which bridges and profiles are divided.
    margin_rate : float, optional
        Margin as a share of revenue where no cost is known; without it profit analyses say what is missing.
    discount_rate : float
        Yearly.
    growth : float
        Wished growth of revenue.
    pyramid_cuts, abc_cuts : tuple of float
        Borders of the classes.
    key_cut : float
        Rating from which an account can be a key account.
    profit_hurdle : float
        Profit that a customer must reach.
    order_cost, acquisition_cost, hours : float, optional
        Cost of handling an order, of winning a customer, and hours of account management to divide.
    min_purchases : tuple of int
        Eligibilities for decay net of chance.
    cohort_days, forecast_days : int
        Length of a period of tenure, and of a period of the forecast.
    fiscal_month : int
        First month of the fiscal year.
    wanted, attributes : str and tuple of str
        For look-alikes: a true-or-false column of accounts, and the columns by which prospects are known.
    seed : int
        Of everything random.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    period_days: int = 365
    group: str = "segment"
    margin_rate: float | None = None
    discount_rate: float = 0.10
    growth: float = 0.10
    pyramid_cuts: tuple[float, float, float] = (0.01, 0.05, 0.20)
    abc_cuts: tuple[float, float] = (0.80, 0.95)
    key_cut: float = 8.0
    profit_hurdle: float = 0.0
    order_cost: float | None = None
    acquisition_cost: float | None = None
    hours: float | None = None
    min_purchases: tuple[int, ...] = (1, 3, 5)
    cohort_days: int = 91
    forecast_days: int = 91
    fiscal_month: int = 1
    wanted: str = ""
    attributes: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True)
class Company:
    """Transactions, optional tables by name, reference date and settings.

    Parameters
    ----------
    tx : Transactions
        The log.
    tables : mapping
        Some of :data:`TABLES`, each of any engine.
    as_of : date, optional
        First day that is not seen; by default the day after the last row.
    settings : AnalysisSettings
        How to analyse.

    Raises
    ------
    InputError
        When a table has a name that no analysis knows.
    """

    tx: Transactions
    tables: Mapping[str, IntoFrame] = field(default_factory=dict)
    as_of: dt.date | None = None
    settings: AnalysisSettings = field(default_factory=AnalysisSettings)

    def __post_init__(self) -> None:
        for name in self.tables:
            check_choice(name, TABLES, what="optional table")

    def table(self, name: str, *needs: str) -> IntoFrame | None:
        """Return an optional table, or None when it, or one of the columns that are needed, is absent."""
        import narwhals as nw

        check_choice(name, TABLES, what="optional table")
        found = self.tables.get(name)
        if found is None or not set(needs) <= set(nw.from_native(found).collect_schema().names()):
            return None
        return found
