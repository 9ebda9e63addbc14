"""A log with everything in it that goes wrong in real ones, and ways to put it on an engine."""

from __future__ import annotations

import contextlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from crm_ml.base.result import Result
from crm_ml.data.engines.make import make_engine
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import as_date
from crm_ml.features import build
from crm_ml.features.example import canonical_table

CUTOFF = 1000


def messy_columns(n_customers: int = 60, seed: int = 7) -> dict[str, list]:
    """Customers who buy once, often, in bursts; returns; orders with late lines; holes in every column."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(n_customers):
        start, pace = int(random.integers(0, 900)), float(random.choice([5.0, 30.0, 120.0]))
        n_orders = 1 if number % 5 == 0 else int(random.integers(2, 25))
        days = start + np.cumsum(random.exponential(pace, n_orders)).astype(int)
        for place, day in enumerate(days):
            order = None if random.random() < 0.1 else f"{number}-{place // 2 if number % 3 == 0 else place}"
            rows += [
                _line(random, f"c{number:03d}", order, int(day)) for _ in range(int(random.integers(1, 4)))
            ]
            if random.random() < 0.15:  # a line that follows later
                rows.append(_line(random, f"c{number:03d}", order, int(day) + int(random.integers(1, 40))))
            if random.random() < 0.15:
                rows.append(
                    _returned(_line(random, f"c{number:03d}", order, int(day) + int(random.integers(0, 60))))
                )
    rows.append(_returned(_line(random, "only_returns", "r", 500)))
    rows.append(_line(random, "only_later", "l", CUTOFF))
    random.shuffle(rows)
    return {name: [row[name] for row in rows] for name in rows[0]}


def _line(random, customer, order, day):
    price, quantity = round(float(random.gamma(2.0, 15.0)), 2), float(random.choice([1.0, 2.0, 2.5]))
    off = float(random.choice([0.0, 0.1, 0.25]))
    promised = day + int(random.integers(1, 6))
    return {
        "customer_id": customer,
        "day": day,
        "amount": round(price * quantity * (1 - off), 4),
        "order_id": order,
        "quantity": quantity,
        "product_id": None if random.random() < 0.05 else f"p{random.integers(0, 12)}",
        "category": None if random.random() < 0.05 else f"k{random.integers(0, 4)}",
        "cost": round(price * quantity * 0.6, 2),
        "discount": None if random.random() < 0.05 else off,
        "promised_day": None if random.random() < 0.2 else promised,
        "delivered_day": None if random.random() < 0.2 else day + int(random.integers(0, 8)),
        "is_purchase": True,
    }


def _returned(line):
    return line | {
        "amount": -line["amount"],
        "quantity": -line["quantity"],
        "cost": -line["cost"],
        "is_purchase": False,
    }


def on_engine(table: pa.Table, engine=None) -> Transactions:
    """Put canonical rows on an engine, DuckDB when none is given."""
    engine = engine or make_engine("duckdb", threads=2)
    days = table["day"].to_pylist()
    return Transactions(
        log=engine.from_arrow(table),
        engine=engine,
        columns=tuple(table.column_names),
        first_day=as_date(min(days)),
        last_day=as_date(max(days)),
        counts={"accepted": len(table), "customers": len(set(table["customer_id"].to_pylist()))},
        findings=Result("quality", pd.DataFrame()),
    )


@pytest.fixture(scope="session")
def messy() -> pa.Table:
    """The messy log as an Arrow table; rows lie on both sides of day 1000."""
    return canonical_table(messy_columns())


@pytest.fixture(scope="session")
def cutoff() -> int:
    """A cutoff in the middle of the messy log."""
    return CUTOFF


@pytest.fixture(scope="session")
def put():
    """Return the function that puts a table on an engine."""
    return on_engine


@pytest.fixture(scope="session")
def on_engine_only():
    """Return a context in which no log is small enough to be sorted in memory."""

    @contextlib.contextmanager
    def only(engine: bool = True):
        with pytest.MonkeyPatch.context() as patch:
            if engine:
                patch.setattr(build, "fits_in_memory", lambda tx, specs: False)
            yield

    return only
