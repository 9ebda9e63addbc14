"""What the tests of the data room share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crm_ml.data.reading import read_transactions
from crm_ml.data.rules import DataRules
from crm_ml.data.transactions import Transactions


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a CSV file from lines (joined by newlines) or bytes."""

    def write(*lines: str, raw: bytes | None = None, name: str = "orders.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(raw if raw is not None else ("\n".join(lines) + "\n").encode())
        return path

    return write


@pytest.fixture
def read() -> Callable[..., Transactions]:
    """Read a source with the columns ``id, day, net`` and rules given by name."""

    def reading(source: Any, *, roles: dict[str, str] | None = None, **rules: Any) -> Transactions:
        mapping = {"customer_id": "id", "timestamp": "day", "amount": "net", **(roles or {})}
        chosen = {key: value for key, value in mapping.items() if value}
        return read_transactions(source, **chosen, rules=DataRules(**rules))

    return reading


def rows_of(tx: Transactions, *columns: str) -> list[tuple[Any, ...]]:
    """Return the rows of the log, sorted."""
    table = tx.engine.to_arrow(tx.log.select(*(columns or tx.columns)))
    return sorted(tuple(row.values()) for row in table.to_pylist())


def found(tx: Transactions) -> dict[str, int]:
    """Return the findings as finding → rows."""
    table: pd.DataFrame = tx.quality().table
    return dict(zip(table["finding"], table["rows"], strict=True))


def balanced(tx: Transactions) -> bool:
    """Whether accepted + quarantined = read, in the counts and in the findings."""
    table = tx.quality().table
    listed = int(table.loc[table["action"] == "quarantined", "rows"].sum())
    counts = tx.counts
    return counts["accepted"] + counts["quarantined"] == counts["read"] and listed == counts["quarantined"]
