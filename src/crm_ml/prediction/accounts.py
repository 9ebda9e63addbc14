"""What the accounts table says of each customer, and who is never held out because of it."""

from __future__ import annotations

import pandas as pd

from crm_ml.prediction.contact import ContactSettings

__all__ = ["exempt_customers", "of_customers"]


def of_customers(accounts: pd.DataFrame | None, customers: pd.Index) -> pd.DataFrame:
    """Return name, owner, may_contact and key_account of every customer, empty where unknown."""
    given = pd.DataFrame(index=customers) if accounts is None else accounts.reindex(customers)
    made = {name: _text(given, name) for name in ("name", "owner")}
    flags = {name: _flag(given, name) for name in ("may_contact", "key_account")}
    return pd.DataFrame({**made, **flags}, index=customers)


def _text(table: pd.DataFrame, name: str) -> pd.Series:
    column = table[name] if name in table else pd.Series("", index=table.index)
    return column.astype("str").where(column.notna(), "")


def _flag(table: pd.DataFrame, name: str) -> pd.Series:
    column = table[name] if name in table else pd.Series(pd.NA, index=table.index)
    return column.astype("boolean")


def exempt_customers(rows: pd.DataFrame, accounts: pd.DataFrame, settings: ContactSettings) -> set[str]:
    """Return key accounts by the accounts table, and the largest customers where the config says so."""
    named = set(accounts.index[accounts["key_account"].fillna(False).astype(bool)])
    if not settings.exempt_top or "revenue_12m" not in rows:
        return named
    return named | set(rows["revenue_12m"].nlargest(settings.exempt_top, keep="first").index)
