"""A log cut by customers: nobody is lost or cut in two, and what is computed of them stays the same."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from crm_ml.data.datasets import load_cdnow
from crm_ml.data.engines.make import make_engine
from crm_ml.prediction import customer_parts, streaming
from crm_ml.prediction.predictor import Predictor

OLD = sorted((Path(__file__).parent / "old_bundles").glob("crm-*/"))


@pytest.fixture(params=["duckdb", "polars"])
def tx(request):
    return load_cdnow(sample=True, engine=make_engine(request.param))


def _rows(tx):
    return tx.engine.to_arrow(tx.log).to_pandas()


def _tables(tx):
    """Tables of an engine that holds them itself."""
    query = "SELECT table_name FROM duckdb_tables()"
    return tx.engine._connection.execute(query).fetchall() if tx.engine.name == "duckdb" else []


@pytest.mark.parametrize("size", [1_000, 589, 2_357])
def test_each_customer_is_whole_and_in_one_part(tx, size):
    """Rows of all parts are the rows of the log, ids rise from part to part, no part is too large."""
    parts = [_rows(part) for part in customer_parts.customer_parts(tx, size)]
    assert len(parts) == -(-2_357 // size)
    ids = [set(part["customer_id"]) for part in parts]
    assert all(len(one) <= size for one in ids)
    assert all(max(one) < min(other) for one, other in pairwise(ids))
    order = ["customer_id", "day", "amount", "quantity"]
    together, whole = (table.sort_values(order, ignore_index=True) for table in (pd.concat(parts), _rows(tx)))
    pd.testing.assert_frame_equal(together, whole)


def test_there_are_never_too_many_parts(tx, monkeypatch):
    """Each part goes through the whole log, so that many small ones would cost more than they save."""
    monkeypatch.setattr(customer_parts, "_MOST", 3)
    assert len(list(customer_parts.customer_parts(tx, 100))) == 3


def test_a_snapshot_made_in_parts_is_the_snapshot(tx, monkeypatch):
    """Same rows, same order, same market index; no part of it is kept a second time."""
    predictor = Predictor.load(OLD[-1])
    moment = predictor.moment(tx, None)
    whole = tx.engine.to_arrow(streaming.stored_snapshot(predictor, tx, moment)).to_pandas()
    small = partial(customer_parts.customer_parts, customers=500)
    monkeypatch.setattr(streaming, "customer_parts", small)
    kept = _tables(tx)
    made = tx.engine.to_arrow(streaming.stored_snapshot(predictor, tx, moment)).to_pandas()
    pd.testing.assert_frame_equal(made, whole)
    assert made["customer_id"].is_monotonic_increasing
    assert len(_tables(tx)) <= len(kept) + 1
