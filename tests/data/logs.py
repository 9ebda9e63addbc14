"""Small logs made by hand, and a base of customers who never change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from crm_ml.base.result import Result
from crm_ml.data.engines.make import make_engine
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import as_date, as_day


def log_of(rows, *, money=True, first=None, last=None, engine="duckdb"):
    """Rows are (customer, day or ISO date, amount); below 0 is a return."""
    days = [as_day(day) for _, day, _ in rows]
    columns = {
        "customer_id": pa.array([customer for customer, _, _ in rows], pa.string()),
        "day": pa.array(days, pa.int64()),
        "is_purchase": pa.array([amount >= 0 for _, _, amount in rows], pa.bool_()),
    }
    if money:
        columns["amount"] = pa.array([round(amount * MONEY_SCALE) for _, _, amount in rows], pa.int64())
    home = make_engine(engine)
    return Transactions(
        log=home.from_arrow(pa.table(columns)),
        engine=home,
        columns=tuple(columns),
        first_day=as_date(min(days) if first is None else as_day(first)),
        last_day=as_date(max(days) if last is None else as_day(last)),
        counts={"accepted": len(rows), "customers": len({customer for customer, _, _ in rows})},
        findings=Result("findings", pa.table({}).to_pandas()),
        basis="revenue" if money else "",
    )


def with_sector(tx, sectors, *, later=None):
    """The same log with the sector of each customer; `later`: customer -> (day, sector from then on)."""
    table = tx.engine.to_arrow(tx.log).to_pandas()
    changed = later or {}
    table["sector"] = [
        changed[customer][1] if customer in changed and day >= changed[customer][0] else sectors[customer]
        for customer, day in zip(table["customer_id"], table["day"], strict=True)
    ]
    log = tx.engine.from_arrow(pa.Table.from_pandas(table, preserve_index=False))
    return replace(tx, log=log, columns=(*tx.columns, "sector"))


def steady_base(customers=300, days=1000, *, pace=20.0, seed=0, spend=10.0):
    """Customers who all buy at their own unchanging rate, from the first day to the last."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        rate = random.gamma(4.0, 1.0 / (4.0 * pace))
        gaps = random.exponential(1.0 / rate, size=int(3 * days * rate) + 20)
        moments = random.uniform(0, 1.0 / rate) + np.cumsum(gaps)
        rows += [
            (f"c{number:04d}", int(moment), float(np.round(random.gamma(9.0, spend / 9.0), 2)))
            for moment in moments[moments < days]
        ]
    return rows
