"""The previous risk list: what changed since, and whether it was right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.data.own_columns import read_table

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["last_outcome", "read_last_list"]


def read_last_list(path: str) -> pd.DataFrame | None:
    """Return the list that a config names, None where it names none."""
    return read_table(path) if path else None


def last_outcome(path: str, tx: Transactions) -> Result | None:
    """Return what the previous list brought, None without a list; it may be too early to tell."""
    from crm_ml.evaluation.outcome import list_outcome

    table = read_last_list(path)
    return None if table is None else list_outcome(table, tx)
