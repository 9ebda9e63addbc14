"""What is known of a company: its transactions and the optional tables beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crm_ml.analysis.settings import AnalysisSettings
from crm_ml.base.validation import check_choice
from crm_ml.data.company_tables import COMPANY_SCHEMAS
from crm_ml.data.contact_tables import CONTACT_SCHEMAS
from crm_ml.data.optional_tables import SCHEMAS

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.data.table_schema import TableSchema
    from crm_ml.data.transactions import Transactions

__all__ = ["TABLES", "Company"]

# Optional tables and what they must hold; an analysis whose table is missing says so by name.
TABLES: Mapping[str, TableSchema] = {**COMPANY_SCHEMAS, **CONTACT_SCHEMAS, **SCHEMAS}


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
    faults : mapping
        Tables that were set aside → why; see :func:`~crm_ml.analysis.table_faults.without_faults`.

    Raises
    ------
    InputError
        When a table has a name that no analysis knows.
    """

    tx: Transactions
    tables: Mapping[str, IntoFrame] = field(default_factory=dict)
    as_of: dt.date | None = None
    settings: AnalysisSettings = field(default_factory=AnalysisSettings)
    faults: Mapping[str, str] = field(default_factory=dict)

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
