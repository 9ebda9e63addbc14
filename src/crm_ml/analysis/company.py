"""What is known of a company: its transactions and the optional tables beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crm_ml.analysis.settings import AnalysisSettings
from crm_ml.base.validation import check_choice
from crm_ml.data.contact_tables import CONTACT_SCHEMAS
from crm_ml.data.optional_tables import SCHEMAS

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.data.transactions import Transactions

__all__ = ["TABLES", "Company"]

# Optional tables → columns that make them usable; an analysis whose table is missing says so by name.
TABLES: Mapping[str, str] = {
    "accounts": "customer_id; segment, owner, wallet, potential, co_operation, strategic scores (0–5), name, "
    "status, advice_need (0–5), channel, referred_by, programme_member, member_since",
    "category_targets": "category, revenue, quantity as planned for the period",
    "clv_before": "customer_id, clv at an earlier date",
    "costs": "activity, customer_id, driver_quantity, pool_cost",
    "employees": "employee, gross_salary",
    "investments": "customer_id, investment, yearly_margin; retention",
    "periods": "period, margin; marketing_cost, sales_hours, service_cost, active_customers",
    "products": "product_id, category, tier",
    "prospects": "customer_id; the attributes of accounts",
    "quotes": "owner, won; customer_id",
    "regressors": "date and figures from outside, such as temperature",
    "scores": "customer_id; p_stopped, p_at_risk, usual_spend, expected_loss, clv: the risk list",
    "targets": "customer_id, target_revenue; target_quantity",
    **{name: schema.summary for name, schema in {**CONTACT_SCHEMAS, **SCHEMAS}.items()},
}


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
