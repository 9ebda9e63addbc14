"""Sorted lines give what the engine's groups give, and say so when they could not."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_ml.analysis.cross_selling.baskets import basket_count, baskets_with
from crm_ml.analysis.cross_selling.bought import customer_categories, distinct_bought
from crm_ml.analysis.cross_selling.headroom import deep_selling
from crm_ml.analysis.cross_selling.sorted_lines import distinct_rows, fits_in_memory, labelled, sorted_sums
from crm_ml.analysis.day_table import collect
from crm_ml.analysis.totals import last_window
from crm_ml.base.exceptions import InputError
from crm_ml.data.engines.duckdb import DuckDBEngine
from crm_ml.data.reading import read_transactions

KEYS = st.lists(st.tuples(*[st.integers(0, 5)] * 3), max_size=40)


@given(KEYS, st.sampled_from([1, 2**40]))
def test_each_combination_is_there_once_in_order(rows, scale):
    """Keys that fit in one integer and keys that do not."""
    keys = np.array(rows, dtype=np.int64).reshape(-1, 3).T * scale
    found = distinct_rows(*keys)
    assert list(zip(*(one // scale for one in found), strict=True)) == sorted(set(rows))


@pytest.mark.parametrize("chunks", [[], [["tea", "jam"]], [["tea"], [], ["jam", "tea"], ["ink"]]], ids=str)
def test_chunks_share_their_labels(chunks):
    column = pa.chunked_array(chunks, pa.string())
    numbers, labels = labelled(column)
    assert [labels[number].as_py() for number in numbers] == column.to_pylist()


def test_a_sum_beyond_64_bits_is_refused():
    lines = {"customer_id": [0, 0], "category": ["tea", "tea"], "revenue": [2**62, 2**62]}
    with pytest.raises(InputError, match="revenue cannot be added up"):
        sorted_sums(pa.table(lines), "category")


def messy(without):
    """Lines with gaps in every label, returns, orders of several days and customers, items twice."""
    generator = np.random.default_rng(3)
    n = 600
    table = pd.DataFrame(
        {
            "customer_id": [f"c{one}" for one in generator.integers(0, 30, n)],
            "timestamp": pd.Timestamp("2020-01-01") + pd.to_timedelta(generator.integers(0, 60, n), unit="D"),
            "amount": generator.integers(-2, 9, n) * 1.0,
            "order_id": [f"o{one}" if one else None for one in generator.integers(0, 90, n)],
            "quantity": generator.integers(-2, 9, n) * 1.0,
            "product_id": [f"p{one}" if one else None for one in generator.integers(0, 70, n)],
            "category": [f"k{one}" if one else None for one in generator.integers(0, 5, n)],
        }
    ).drop(columns=without)
    return lambda: read_transactions(table, **{name: name for name in table.columns}, engine=DuckDBEngine())


def answers(tx):
    window = last_window(tx, period_days=50)
    found = {"categories": collect(tx, customer_categories(tx, window), "customer_id", "category")}
    for column in ("product_id", "category"):
        found[f"breadth {column}"] = distinct_bought(tx, window, column).to_frame()
        items = sorted({f"{column[0].replace('c', 'k')}{one}" for one in range(1, 70)} - {"k3"})
        n = basket_count(tx, window, column)  # counted by the engine, without what they hold
        baskets = baskets_with(tx, window, column, items)
        rows = pd.DataFrame(baskets.matrix.toarray(), columns=items)
        found[f"baskets {column}"] = rows.sort_values(items, ignore_index=True)
        assert baskets.n == len(rows) == n
    return found


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("without", [[], ["order_id", "quantity"], ["amount"]], ids=str)
def test_sorted_lines_and_the_engine_agree(without, kept, monkeypatch):
    made = messy(without)
    read = (lambda: made().kept()) if kept else made
    assert fits_in_memory(read())
    here = answers(read())
    monkeypatch.setattr(DuckDBEngine, "room", 0)
    assert not fits_in_memory(read())
    for name, expected in answers(read()).items():
        pd.testing.assert_frame_equal(here[name], expected, check_like=True, check_dtype=False, obj=name)


def test_the_rows_shown_are_the_largest_in_the_order_of_all():
    """What cannot be shown is not sorted, and equal rows are still taken in the order of their names."""
    tx = messy([])()
    rows = deep_selling(tx, min_peers=1).tables["customers"]
    assert rows["revenue_headroom"].duplicated().any()
    for most in (1, 7, len(rows) - 1):
        shown = deep_selling(tx, min_peers=1, most=most).tables["customers"]
        pd.testing.assert_frame_equal(shown, rows.head(most))
