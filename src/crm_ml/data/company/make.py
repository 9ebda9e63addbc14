"""Make a company: transactions and every optional table, consistent with each other, and what was planted.

Own proposal: a test bed on which every analysis can be checked, and a showcase; a model of no real company.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from crm_ml.base.validation import check_positive
from crm_ml.data.company.base import make_base
from crm_ml.data.company.dealings import dealing_tables
from crm_ml.data.company.market import market_tables
from crm_ml.data.company.opinions import opinion_tables
from crm_ml.data.company.people import people_tables
from crm_ml.data.company.resources import resource_tables
from crm_ml.data.company.scores import score_tables

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.engines.base import Engine
    from crm_ml.data.transactions import Transactions

__all__ = ["SimulatedCompany", "make_company"]

# One stream of random numbers a table group: a change in one leaves the others as they were.
_GROUPS = (people_tables, dealing_tables, opinion_tables, market_tables, score_tables, resource_tables)


@dataclass(frozen=True)
class SimulatedCompany:
    """Transactions, optional tables, and the truth behind them.

    Parameters
    ----------
    transactions : DataFrame
        Order lines, as of :func:`~crm_ml.data.simulation.make_transactions`.
    tables : mapping
        Every optional table by name.
    customers : DataFrame
        The truth of each customer: fate, onset, satisfaction, member, share of wallet …; index
        ``customer_id``.
    planted : mapping
        Single facts that an analysis must find again, by name.
    as_of : date
        The day after the data.
    """

    transactions: pd.DataFrame = field(repr=False)
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    customers: pd.DataFrame = field(repr=False)
    planted: Mapping[str, Any]
    as_of: dt.date

    mapping: ClassVar[Mapping[str, Any]] = {
        **{
            name: name
            for name in (
                "customer_id", "order_id", "product_id", "category", "quantity", "list_price", "discount",
                "amount", "cost", "promised", "delivered",
            )
        },
        "timestamp": "date",
        "currency": "EUR",
        "basis": "revenue",
    }  # fmt: skip

    def log(self, engine: Engine | str | None = None) -> Transactions:
        """Return the transactions as a log."""
        from crm_ml.data.reading import read_transactions

        return read_transactions(self.transactions, engine=engine, **self.mapping)


def make_company(n_customers: int = 800, *, seed: int = 0, days: int = 1096) -> SimulatedCompany:
    """Simulate a company of which everything is known.

    Parameters
    ----------
    n_customers : int
        Customers; suspects, leads and prospects come on top.
    seed : int
        Same seed, same tables.
    days : int
        Length of the data from 1 January 2022; at least two years, so that periods can be compared.

    Returns
    -------
    SimulatedCompany
        ``.log()`` gives the transactions, ``.tables`` what :class:`~crm_ml.analysis.company.Company` takes
        beside them, ``.planted`` and ``.customers`` the truth.

    Examples
    --------
    >>> company = make_company(100, seed=1)
    >>> company.as_of, company.planted["market_share"]
    (datetime.date(2025, 1, 1), 0.14)
    >>> len(company.tables) > 20
    True
    """
    check_positive(n_customers, what="n_customers")
    check_positive(days - 729, what="days beyond two years")
    base = make_base(n_customers, days=days, seed=seed)
    tables: dict[str, pd.DataFrame] = {}
    streams = np.random.default_rng([seed, 1]).spawn(len(_GROUPS))
    for make, stream in zip(_GROUPS, streams, strict=True):
        tables |= make(base, tables, stream)
    ordered = {name: tables[name] for name in sorted(tables)}
    return SimulatedCompany(base.lines, ordered, base.customers, base.planted, base.as_of)
