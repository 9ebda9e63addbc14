"""Who is on which list, and what the lists add up to; shared by the workbook and the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crm_ml.prediction.risk_list import worth_calling

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Summary",
    "by_group",
    "call_list",
    "called",
    "holdout_list",
    "left_out",
    "summarise",
    "under_threat",
]

_SUMS = ("expected_loss", "revenue_12m")


def under_threat(table: pd.DataFrame) -> pd.DataFrame:
    """Return the customers under threat with whom something can be lost."""
    return table[worth_calling(table)]


def call_list(table: pd.DataFrame, capacity: int | None = None) -> pd.DataFrame:
    """Return whom to call, in the order of the list.

    Customers under threat who are not held out and not forbidden to contact, at most `capacity` an owner
    (customers without an owner count as one owner's).
    """
    return next(called([table], capacity))


def called(parts: Iterable[pd.DataFrame], capacity: int | None = None) -> Iterator[pd.DataFrame]:
    """Go through the call list of a list that comes in parts."""
    taken: dict[str, int] = {}
    for part in parts:
        yield _within(capacity, _may_be_called(part), taken)


def holdout_list(table: pd.DataFrame) -> pd.DataFrame:
    """Return the hold-out group in the order of the list: whom nobody calls."""
    return table[table["contact_group"] == "holdout"]


def left_out(table: pd.DataFrame, capacity: int | None = None) -> dict[str, pd.DataFrame]:
    """Return the customers under threat who are not on the call list, by reason."""
    return _left_out(table, call_list(table, capacity))


@dataclass(frozen=True)
class Summary:
    """What a list adds up to.

    Parameters
    ----------
    groups : mapping
        Column → table of :func:`by_group`.
    calls : DataFrame
        The call list by owner.
    left_out : mapping
        Reason → customers under threat who are not on the call list.
    """

    groups: Mapping[str, pd.DataFrame]
    calls: pd.DataFrame
    left_out: Mapping[str, int]


def summarise(
    parts: Iterable[pd.DataFrame],
    columns: Mapping[str, Sequence[str] | None],
    capacity: int | None = None,
) -> Summary:
    """Add up a list that comes in parts.

    Parameters
    ----------
    parts : iterable of DataFrame
        The list in its order.
    columns : mapping
        Column to group by → its values in order, None for the largest loss first.
    capacity : int, optional
        How many customers an owner can call.
    """
    groups: dict[str, list[pd.DataFrame]] = {name: [] for name in columns}
    calls: list[pd.DataFrame] = []
    taken, counts = dict[str, int](), dict[str, int]()
    for part in parts:
        for name, found in groups.items():
            found.append(by_group(part, name))
        chosen = _within(capacity, _may_be_called(part), taken)
        calls.append(by_group(chosen, "owner"))
        for reason, rows in _left_out(part, chosen).items():
            counts[reason] = counts.get(reason, 0) + len(rows)
    made = {name: _added(found, name, columns[name]) for name, found in groups.items()}
    return Summary(made, _added(calls, "owner", None), counts)


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
    return _ordered(sums.assign(customers=groups.size())[["customers", *sums.columns]], column, order)


def _added(tables: Sequence[pd.DataFrame], column: str, order: Sequence[str] | None) -> pd.DataFrame:
    import pandas as pd

    summed = pd.concat(tables).groupby(column, sort=True).sum(min_count=1)
    return _ordered(summed, column, order)


def _ordered(summed: pd.DataFrame, column: str, order: Sequence[str] | None) -> pd.DataFrame:
    if order is None:
        summed = summed.sort_values("expected_loss", ascending=False, kind="stable")
    else:
        rest = [value for value in summed.index if value not in order]
        summed = summed.loc[[value for value in order if value in summed.index] + rest]
    return summed.reset_index(names=column)


def _left_out(table: pd.DataFrame, calls: pd.DataFrame) -> dict[str, pd.DataFrame]:
    threatened = under_threat(table)
    held = threatened["contact_group"] == "holdout"
    forbidden = threatened["may_contact"].eq(False).fillna(False).astype(bool) & ~held
    callable_ = _may_be_called(table)
    beyond = callable_[~callable_.index.isin(calls.index)]
    return {"left_holdout": threatened[held], "left_may_not": threatened[forbidden], "left_capacity": beyond}


def _within(capacity: int | None, callable_: pd.DataFrame, taken: dict[str, int]) -> pd.DataFrame:
    """Return the first of every owner, as far as the capacity goes; `taken` counts on over the parts."""
    if capacity is None:
        return callable_
    owners = callable_["owner"].astype("str").fillna("")
    before = np.array([taken.get(owner, 0) for owner in owners], dtype=np.int64)
    kept = callable_[callable_.groupby(owners).cumcount() + before < capacity]
    for owner, number in owners[kept.index].value_counts().items():
        taken[str(owner)] = taken.get(str(owner), 0) + int(number)
    return kept


def _may_be_called(table: pd.DataFrame) -> pd.DataFrame:
    threatened = under_threat(table)
    forbidden = threatened["may_contact"].eq(False).fillna(False).astype(bool)
    return threatened[(threatened["contact_group"] != "holdout") & ~forbidden]
