"""The classes of customers as they were known on a day, and on earlier days: what models may learn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.abc import abc
from crm_ml.analysis.as_known import as_known
from crm_ml.analysis.customer_classes import customer_classes
from crm_ml.analysis.customer_view import customer_view
from crm_ml.analysis.pyramid import pyramid
from crm_ml.analysis.rfm import rfm
from crm_ml.data.windows import DateLike, as_date, as_day

if TYPE_CHECKING:
    from crm_ml.analysis.company import Company
    from crm_ml.base.result import Result

__all__ = ["ACCOUNT_COLUMNS", "TRANSACTION_COLUMNS", "class_history", "classes_as_known", "classes_on"]

#: The classes that transactions alone give, and those that money and the judgement of people give.
TRANSACTION_COLUMNS = ("pyramid_class", "abc_class", "rfm_segment")
ACCOUNT_COLUMNS = ("account_class", "whitney_action")
_QUARTER = 91


def classes_on(company: Company, day: DateLike) -> pd.DataFrame:
    """Return ``pyramid_class, abc_class, rfm_segment`` of each customer known before a day.

    Parameters
    ----------
    company : Company
        Transactions and borders.
    day : date-like
        First day that is not seen.

    Returns
    -------
    DataFrame
        Index ``customer_id``, sorted; missing where a customer has no such class.
    """
    chosen, tx = company.settings, company.tx
    period = {"as_of": day, "period_days": chosen.period_days}
    found = {
        "pyramid_class": (pyramid(tx, cuts=chosen.pyramid_cuts, **period), "class"),  # type: ignore[arg-type]
        "abc_class": (abc(tx, cuts=chosen.abc_cuts, **period), "class"),  # type: ignore[arg-type]
        "rfm_segment": (rfm(tx, day), "segment"),
    }
    columns = {name: _column(result, column) for name, (result, column) in found.items()}
    return pd.DataFrame(columns).rename_axis("customer_id").sort_index()


def classes_as_known(
    company: Company, day: DateLike, wanted: Sequence[str] = (*TRANSACTION_COLUMNS, *ACCOUNT_COLUMNS)
) -> pd.DataFrame:
    """Return the classes of each customer, computed from what was known before a day.

    Parameters
    ----------
    company : Company
        Transactions, settings and, where people judged accounts, ``accounts`` with ``as_of``; see
        :func:`~crm_ml.analysis.as_known.as_known`.
    day : date-like
        First day that is not seen.
    wanted : sequence of str
        Some of :data:`TRANSACTION_COLUMNS` and :data:`ACCOUNT_COLUMNS`.

    Returns
    -------
    DataFrame
        Index ``customer_id``, sorted: everybody known before the day; missing where a customer has no such
        class. A wanted class that the company cannot tell (no money, no profit) is no column.

    Raises
    ------
    InputError
        When accounts hold scores without ``as_of``.
    """
    found = classes_on(company, day)
    if not set(wanted).isdisjoint(ACCOUNT_COLUMNS):
        known = as_known(company, day)
        accounts = customer_classes(known, customer_view(known))
        found = found.join(accounts[[name for name in ACCOUNT_COLUMNS if name in accounts]], how="outer")
    return found[[name for name in wanted if name in found]].rename_axis("customer_id").sort_index()


def class_history(
    company: Company, *, quarters: int = 8, wanted: Sequence[str] = (*TRANSACTION_COLUMNS, *ACCOUNT_COLUMNS)
) -> pd.DataFrame:
    """Return the classes at the end of each of the last quarters: a table of own columns for training.

    Parameters
    ----------
    company : Company
        Transactions and borders.
    quarters : int
        How many days to look back on, 91 days apart, as far as half a period precedes them.
    wanted : sequence of str
        Which classes, as of :func:`classes_as_known`.

    Returns
    -------
    DataFrame
        ``customer_id, as_of`` (the last day that was seen) and the columns of :func:`classes_as_known`.

    Raises
    ------
    InputError
        When accounts hold scores without ``as_of``.
    """
    tx = company.tx
    end = as_day(tx.last_day) + 1 if company.as_of is None else as_day(company.as_of)
    days = [end - back * _QUARTER for back in range(quarters)]
    long_enough = [day for day in days if 2 * (day - as_day(tx.first_day)) >= company.settings.period_days]
    parts = [
        classes_as_known(company, day, wanted).reset_index().assign(as_of=as_date(day - 1).isoformat())
        for day in reversed(long_enough)
    ]
    if not parts:
        return pd.DataFrame(columns=["customer_id", "as_of", *TRANSACTION_COLUMNS])
    found = pd.concat(parts, ignore_index=True)
    return found[["customer_id", "as_of", *found.columns.drop(["customer_id", "as_of"])]]


def _column(result: Result, column: str) -> pd.Series[str]:
    if "customers" not in result.tables:
        return pd.Series(dtype="str", index=pd.Index([], dtype="str", name="customer_id"))
    named: pd.Series[str] = result.tables["customers"].set_index("customer_id")[column]
    return named
