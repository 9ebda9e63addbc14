"""What holds for any input, however dirty."""

from __future__ import annotations

import ast
import math
import re

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_ml.base.exceptions import InputError
from crm_ml.data.expressions import column_names, parse
from crm_ml.data.reading import read_transactions

from .conftest import balanced

ROLES = {"customer_id": "id", "timestamp": "day", "amount": "net"}
CALM = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ids = st.one_of(
    st.none(),
    st.sampled_from(["a", "b ", "", "NULL", "guest", "0", "é", "=1+1", "x" * 30]),
    st.text(max_size=5),
)
days = st.one_of(st.none(), st.sampled_from(["2024-01-31", "2024-02-30", "9999-01-01", "soon", ""]))
nets = st.one_of(
    st.none(), st.sampled_from(["1.50", "(2)", "n/a", "x", "0", "1e308"]), st.integers(-999, 999).map(str)
)
rows = st.lists(st.tuples(ids, days, nets), max_size=20)
GOOD = [("a", "2024-01-31", "1.50"), ("c", "2024-01-30", "2.25")]


def frame_of(cells):
    """Make a frame of text cells with two good rows."""
    return pd.DataFrame([*GOOD, *cells], columns=["id", "day", "net"], dtype="str")


@CALM
@given(rows)
def test_accepted_and_quarantined_are_all_rows(tmp_path, cells):
    """No row is ever lost, from a frame or from a file, and the quarantine file holds every refused one."""
    frame = frame_of(cells)
    path = tmp_path / "q.parquet"
    tx = read_transactions(frame, **ROLES, quarantine=path)
    assert tx.counts["read"] == len(frame)
    assert balanced(tx)
    refused = pq.read_table(path)
    assert refused.num_rows == tx.counts["quarantined"]
    accepted = tx.engine.to_arrow(tx.log).num_rows
    assert accepted == tx.counts["accepted"] == len(frame) - refused.num_rows
    assert len(set(refused["quarantine_row"].to_pylist())) == refused.num_rows
    assert None not in refused["quarantine_reason"].to_pylist()


@CALM
@given(st.lists(st.text("abc,;\"\n\r'=\\ 1-é\t", max_size=12), max_size=8))
def test_no_line_of_a_csv_file_is_lost(tmp_path, lines):
    """Whatever stands in a file: rows read = accepted + quarantined, or one clear error."""
    path = tmp_path / "orders.csv"
    path.write_text(
        "id,day,net\na,2024-01-31,1\n" + "\n".join(lines) + "\nb,2024-01-31,2\n", encoding="utf-8", newline=""
    )
    quarantine = tmp_path / "q.parquet"
    try:
        tx = read_transactions(path, **ROLES, quarantine=quarantine)
    except InputError:
        return
    assert balanced(tx)
    assert pq.read_table(quarantine).num_rows == tx.counts["quarantined"]


@CALM
@given(rows, st.randoms(use_true_random=False), st.integers(1, 4))
def test_order_and_partitioning_change_nothing(tmp_path, cells, random, parts):
    """The same rows in another order and over several files are the same log, to the last bit."""
    frame = frame_of(cells)
    order = list(range(len(frame)))
    random.shuffle(order)
    shuffled = frame.iloc[order]
    try:
        whole = read_transactions(frame, **ROLES)
    except InputError as refused:  # most rows lie in the future, say: in any order
        with pytest.raises(InputError, match=re.escape(refused.what[:20])):
            read_transactions(shuffled, **ROLES)
        return
    files = []
    for number in range(parts):
        files.append(tmp_path / f"part{number}.parquet")
        pq.write_table(pa.Table.from_pandas(shuffled.iloc[number::parts], preserve_index=False), files[-1])
    filled = [file for file in files if pq.read_metadata(file).num_rows]
    split = read_transactions(filled, **ROLES)
    assert split.fingerprint == whole.fingerprint
    assert split.counts == whole.counts
    assert dict(split.quality().table[["finding", "rows"]].to_numpy()) == dict(
        whole.quality().table[["finding", "rows"]].to_numpy()
    )


numbers = st.floats(-100, 100).map(lambda value: repr(round(abs(value), 3)))
terms = st.recursive(
    st.one_of(st.sampled_from(["a", "b"]), numbers),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        inner.map(lambda one: f"-{one}"),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(terms, st.floats(-50, 50), st.floats(-50, 50))
def test_expressions_compute_what_python_computes(text, a, b):
    """The four signs mean on an engine what they mean in a config."""
    import narwhals as nw

    frame = nw.from_native(pa.table({"a": [a], "b": [b]}))
    got = frame.select(x=parse(text, {"a": "a", "b": "b"}) + 0 * nw.col("a"))["x"][0]
    try:
        expected = eval(compile(ast.parse(text, mode="eval"), "", "eval"), {"a": a, "b": b})
    except ZeroDivisionError:
        assert got is None or not math.isfinite(got)
        return
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-9) or not math.isfinite(got)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_no_text_is_ever_run(text):
    """Any text is an expression of columns, or refused in one way."""
    try:
        names = column_names(text)
    except InputError:
        return
    parse(text, {name: name for name in names})
