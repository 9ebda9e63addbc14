"""What the accounts table says of each customer, and who is never held out because of it."""

from __future__ import annotations

import pandas as pd

__all__ = ["key_accounts", "of_customers"]


def of_customers(accounts: pd.DataFrame | None, customers: pd.Index) -> pd.DataFrame:
    """Return name, owner and may_contact of every customer, empty where unknown."""
    given = pd.DataFrame(index=customers) if accounts is None else accounts.reindex(customers)
    made = {name: _text(given, name) for name in ("name", "owner")}
    flags = {name: _flag(given, name) for name in ("may_contact",)}
    return pd.DataFrame({**made, **flags}, index=customers)


def _text(table: pd.DataFrame, name: str) -> pd.Series:
    column = table[name] if name in table else pd.Series("", index=table.index)
    return column.astype("str").where(column.notna(), "")


def _flag(table: pd.DataFrame, name: str) -> pd.Series:
    column = table[name] if name in table else pd.Series(pd.NA, index=table.index)
    return column.astype("boolean")


def key_accounts(accounts: pd.DataFrame | None) -> frozenset[str]:
    """Return the customers whom the accounts table calls key accounts."""
    if accounts is None or "key_account" not in accounts:
        return frozenset()
    flags = accounts["key_account"].astype("boolean").fillna(False).astype(bool)
    return frozenset(str(one) for one in accounts.index[flags])
