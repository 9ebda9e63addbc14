"""A column in its plainest form is read the short way, and the short way reads what the long way reads."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_ml.base.exceptions import InputError
from crm_ml.data.reading import read_transactions

from .conftest import balanced, found, rows_of

ROLES_3 = {"customer_id": "id", "timestamp": "day", "amount": "net"}
ROLES = ROLES_3 | {"order_id": "order"}
plain = st.one_of(
    st.decimals(-9_999, 9_999, places=2).map(str),
    st.integers(-9_999, 9_999).map(str),
    st.sampled_from(["0.5", "007", "12.3456", "-0", "1.234", ""]),
)
# One more row in a form that needs the long way, in every column: the others must not change by it.
ODD = ("  odd", "2024-01-31 10:00", " 5.00 ", "N/A")


def frame_of(nets, ids, odd=()):
    rows = [
        (ids[number % len(ids)], f"2024-01-{number % 28 + 1:02d}", net, f"o{number}")
        for number, net in enumerate(nets)
    ]
    rows += [("always", "2024-01-05", "1.50", "o"), *odd]
    return pd.DataFrame(rows, columns=["id", "day", "net", "order"], dtype="str")


@settings(deadline=None, max_examples=15)
@given(st.lists(plain, max_size=15), st.lists(st.sampled_from(["a", "007", "7.0", "Guest", ""]), min_size=1))
def test_the_short_way_and_the_long_way_read_the_same(nets, ids):
    short = read_transactions(frame_of(nets, ids), **ROLES)
    long = read_transactions(frame_of(nets, ids, [ODD]), **ROLES)
    assert balanced(short)
    assert balanced(long)
    assert [row for row in rows_of(long) if row[0] != "odd"] == rows_of(short)
    assert short.counts["customers"] == long.counts["customers"] - 1


def test_points_that_may_separate_thousands_still_ask():
    with pytest.raises(InputError, match="can be read in two ways"):
        read_transactions(
            pd.DataFrame({"id": ["a"] * 2, "day": "2024-01-31", "net": ["1.234", "2.500"]}), **ROLES_3
        )


@pytest.mark.parametrize("bad", ["", "n/a", "GUEST ", " 0", "x" * 5_000])
def test_one_bad_id_among_clean_ones_is_found(bad):
    """Rows are not asked what no id of the column is; one such id brings the question back."""
    clean = pd.DataFrame({"id": ["a", "b"], "day": "2024-01-31", "net": ["1.5", "2.5"]}, dtype="str")
    assert read_transactions(clean, **ROLES_3).counts["quarantined"] == 0
    tx = read_transactions(pd.concat([clean, clean[:1].assign(id=bad)]), **ROLES_3)
    assert tx.counts == {"read": 3, "accepted": 2, "quarantined": 1, "customers": 2}


def test_an_id_of_the_map_is_judged_too():
    """Clean ids can be merged into one that means nobody."""
    clean = pd.DataFrame({"id": ["a", "b"], "day": "2024-01-31", "net": ["1.5", "2.5"]}, dtype="str")
    tx = read_transactions(clean, **ROLES_3, id_map={"a": "guest"})
    assert found(tx)["customer id unknown"] == 1


def test_only_markers_lose_their_text():
    orders = pd.DataFrame(
        {"id": ["a"] * 3, "day": "2024-01-31", "net": "1.5", "order": ["n/a", "N", "-"]}, dtype="str"
    )
    tx = read_transactions(orders, **ROLES)
    assert tx.engine.to_arrow(tx.log)["order_id"].to_pylist() == [None, "N", None]
