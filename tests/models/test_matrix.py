"""Tables become matrices by name, and what is no number is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.models.matrix import feature_names, read_matrix


def test_all_missing_columns_are_named_with_a_near_miss():
    """One round of mending, not one a column."""
    table = pd.DataFrame({"order": [1.0]})
    with pytest.raises(ColumnError, match=r"orders, revenue.*'order' for 'orders'"):
        read_matrix(table, ["orders", "revenue"])


def test_a_column_twice_is_refused():
    """Which of the two would be meant?"""
    table = pd.DataFrame([[1.0, 2.0]], columns=["orders", "orders"])
    with pytest.raises(InputError, match=r"twice.*orders"):
        feature_names(table)


@pytest.mark.parametrize(
    "column", [pd.Series(["a"]), pd.Series([pd.Timestamp("2024-01-01")]), pd.Series(["x"], dtype="category")]
)
def test_columns_that_are_no_numbers_are_named(column):
    """Text, dates and categories have to be encoded by whoever knows what they mean."""
    with pytest.raises(InputError, match="colour"):
        read_matrix(pd.DataFrame({"orders": [1.0], "colour": column}), None)


def test_booleans_and_nullable_numbers_become_floats():
    """Flags count as 0 and 1, <NA> as NaN."""
    table = pd.DataFrame({"flag": [True, False], "n": pd.array([1, None], dtype="Int64")})
    np.testing.assert_array_equal(read_matrix(table, None), [[1.0, 1.0], [0.0, np.nan]])
