"""One rule for every optional table: a fault sets the whole table aside, is named, and stops nothing else.

Rows are not repaired and not left out one by one: what a half-read table says is worse than what a missing
one does not say.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from crm_ml.analysis.profitability.costing import allocate_pools
from crm_ml.analysis.tables import plain_table
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import CrmMlWarning, InputError
from crm_ml.base.notes import Note
from crm_ml.base.texts import text
from crm_ml.data.company_tables import COMPANY_SCHEMAS
from crm_ml.data.memory import once
from crm_ml.data.table_schema import check_table

if TYPE_CHECKING:
    import pandas as pd
    from narwhals.typing import IntoFrame

    from crm_ml.analysis.company import Company
    from crm_ml.base.result import Result

__all__ = ["fault_lines", "said_of_faults", "without_faults"]

# Columns by which an analysis names a table that it misses.
_TABLE_OF = {
    "channel": "accounts",
    "clv": "scores",
    "expected_purchases": "scores",
    "impressions": "traffic",
    "referred_by": "accounts",
    "visits": "traffic",
    "wallet": "accounts",
    "wallets": "accounts",
}
# What no single cell shows.
_AS_A_WHOLE: Mapping[str, Callable[[Any], Any]] = {"costs": allocate_pools}


def without_faults(company: Company) -> Company:
    """Return the company without the tables that have a fault; ``faults`` says which and why.

    Every fault is also a warning. A company is checked once.

    Examples
    --------
    >>> import warnings
    >>> import pandas as pd
    >>> from crm_ml.analysis.company import Company
    >>> from crm_ml.data.datasets import load_cdnow
    >>> complaints = pd.DataFrame({"customer_id": ["a"], "opened": ["yesterday"]})
    >>> with warnings.catch_warnings(action="ignore"):
    ...     sound = without_faults(Company(load_cdnow(sample=True), {"complaints": complaints}))
    >>> list(sound.tables), list(sound.faults)
    ([], ['complaints'])
    """
    made = once(company.tx, ("sound", id(company)), lambda: (company, _sound(company)))[1]
    once(company.tx, ("sound", id(made)), lambda: (made, made))
    return made


def _sound(company: Company) -> Company:
    tables: dict[str, IntoFrame] = {}
    faults = dict(company.faults)
    for name, table in company.tables.items():
        try:
            tables[name] = _checked(name, table)
        except InputError as error:
            faults[name] = error.message
            warnings.warn(f"the {name} table is not used: {error.message}", CrmMlWarning, stacklevel=2)
    return dataclasses.replace(company, tables=tables, faults=faults)


def _checked(name: str, table: IntoFrame) -> pd.DataFrame:
    """Return the table; the numbers of tables that analyses read as they are may have a decimal comma."""
    from crm_ml.analysis.company import TABLES

    schema = TABLES[name]
    raw = plain_table(table, *schema.needs, name=name)
    typed = check_table(raw, schema)
    if name in COMPANY_SCHEMAS:
        numbers = [one.name for one in schema.columns if one.kind == "number" and one.name in raw]
        raw = raw.assign(**typed[numbers])
    if name in _AS_A_WHOLE:
        _AS_A_WHOLE[name](raw)
    return raw


def fault_lines(faults: Mapping[str, str], language: str) -> list[str]:
    """Return a sentence a table that was set aside: which, what follows from it, and the fault.

    Examples
    --------
    >>> print(fault_lines({"complaints": "opened is no date in row 3"}, "en")[0])
    The complaints table was not used because it has a fault; analyses that need it were not computed.
    Message: opened is no date in row 3
    """
    return [
        text("analysis_report.fault", language, table=text(f"analysis_missing.{name}", language), fault=why)
        for name, why in faults.items()
    ]


def said_of_faults(result: Result, faults: Mapping[str, str]) -> Result:
    """Return the result that says "has a fault" of a table that is there and was set aside, not "missing"."""
    if not faults:
        return result
    return dataclasses.replace(result, warnings=tuple(_said(one, faults) for one in result.warnings))


def _said(warning: str, faults: Mapping[str, str]) -> str:
    if not isinstance(warning, Note) or warning.key != "analysis_notes.not_computed":
        return warning
    table = warning.values["table"]  # noqa: PD011  # a mapping, no column
    missing = str(getattr(table, "key", "")).removeprefix("analysis_missing.")
    name = _TABLE_OF.get(missing, missing)
    return note("faulty_table", table=Note(f"analysis_missing.{name}")) if name in faults else warning
