"""Who is on which list, and what the lists add up to; shared by the workbook and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["by_group", "call_list", "holdout_list", "left_out", "under_threat"]

_SUMS = ("expected_loss", "revenue_12m")


def under_threat(table: pd.DataFrame) -> pd.DataFrame:
    """Return the customers under threat with whom something can be lost.

    A one-time buyer, or one who left long ago, will probably buy nothing more either; but there is no usual
    spend to lose. Where nobody has one (counts only, a short history) the risk band decides.
    """
    at_stake = (table["expected_loss"] > 0) | (table["risk_band"] != "low")
    return table[(table["threat"] != "none") & at_stake]


def call_list(table: pd.DataFrame, capacity: int | None = None) -> pd.DataFrame:
    """Return whom to call, in the order of the list.

    Customers under threat who are not held out and not forbidden to contact, at most `capacity` an owner
    (customers without an owner count as one owner's).
    """
    callable_ = _may_be_called(table)
    if capacity is None:
        return callable_
    return callable_[callable_.groupby("owner", dropna=False).cumcount() < capacity]


def holdout_list(table: pd.DataFrame) -> pd.DataFrame:
    """Return the hold-out group in the order of the list: whom nobody calls."""
    return table[table["contact_group"] == "holdout"]


def left_out(table: pd.DataFrame, capacity: int | None = None) -> dict[str, pd.DataFrame]:
    """Return the customers under threat who are not on the call list, by reason."""
    threatened = under_threat(table)
    held = threatened["contact_group"] == "holdout"
    forbidden = threatened["may_contact"].eq(False).fillna(False).astype(bool) & ~held
    callable_ = _may_be_called(table)
    beyond = callable_[~callable_.index.isin(call_list(table, capacity).index)]
    return {"left_holdout": threatened[held], "left_may_not": threatened[forbidden], "left_capacity": beyond}


def by_group(table: pd.DataFrame, column: str, order: Sequence[str] | None = None) -> pd.DataFrame:
    """Return customers, expected loss and revenue of the last twelve months by the values of a column.

    Parameters
    ----------
    table : DataFrame
        Rows of the risk list.
    column : str
        Column to group by; missing values are a group of their own (empty text).
    order : sequence of str, optional
        The groups in their order; by expected loss, largest first, when not given.

    Returns
    -------
    DataFrame
        Columns `column`, ``customers, expected_loss, revenue_12m``; groups without customers are left out.
    """
    keys = table[column].astype("str").fillna("")
    groups = table.groupby(keys, sort=True)
    sums = groups[[name for name in _SUMS if name in table.columns]].sum(min_count=1)
    summed = sums.assign(customers=groups.size())[["customers", *sums.columns]]
    if order is None:
        summed = summed.sort_values("expected_loss", ascending=False, kind="stable")
    else:
        rest = [value for value in summed.index if value not in order]
        summed = summed.loc[[value for value in order if value in summed.index] + rest]
    return summed.reset_index(names=column)


def _may_be_called(table: pd.DataFrame) -> pd.DataFrame:
    threatened = under_threat(table)
    forbidden = threatened["may_contact"].eq(False).fillna(False).astype(bool)
    return threatened[(threatened["contact_group"] != "holdout") & ~forbidden]
