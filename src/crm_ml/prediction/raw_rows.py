"""Raw transactions as they were trained on: a checked log by the bundle's own mapping and rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crm_ml.data.expressions import column_names
from crm_ml.data.reading import read_transactions
from crm_ml.data.rules import DataRules
from crm_ml.data.schema import ROLES
from crm_ml.prediction.bundle import settings_of

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["read_raw", "source_columns"]


def read_raw(source: Any, facts: Mapping[str, Any]) -> Transactions:
    """Read transactions in the columns that a bundle was trained on.

    Parameters
    ----------
    source : DataFrame or anything that `read_transactions` takes
        Raw rows.
    facts : mapping
        Of the bundle: mapping, cleaning rules, currency and basis.

    Raises
    ------
    InputError
        When a column is missing or holds something else.
    """
    mapping = facts["mapping"]
    return read_transactions(
        source,
        **_roles(mapping),
        rules=DataRules(**settings_of(mapping["rules"])),
        currency=facts["currency"],
        basis=facts["basis"],
    )


def source_columns(facts: Mapping[str, Any]) -> list[str]:
    """Return the columns of raw rows that are read, by name."""
    written = _roles(facts["mapping"]).values()
    return sorted({name for one in written for name in column_names(one)})


def _roles(mapping: Mapping[str, Any]) -> dict[str, str]:
    return {role.name: mapping[role.name] for role in ROLES if mapping.get(role.name)}
