"""Rows without a label are dropped and counted, never labelled 0."""

from __future__ import annotations

import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.models.panel import align

X = pd.DataFrame({"orders": [1.0, 2.0, 3.0, 4.0]}, index=list("dabc"))


@pytest.mark.parametrize(
    ("values", "dtype", "plain"),
    [
        ([True, None, False], "boolean", bool),
        ([1, None, 2], "Int8", "int64"),
        ([1.5, None, 2.0], "Float64", "float64"),
        (["x", None, "y"], "string", object),
        (["x", None, "y"], "category", object),
    ],
)
def test_labels_get_a_plain_dtype_and_the_order_of_x(values, dtype, plain):
    """Nullable dtypes end here; every row is accounted for."""
    y = pd.Series(values, index=list("abc"), dtype=dtype, name="label")
    rows, labels = align(X, y)
    assert rows.index.tolist() == labels.index.tolist() == ["a", "c"]
    assert labels.dtype == plain
    assert labels.name == "label"
    assert labels.attrs == {"rows": 4, "kept": 2, "without_label": 1, "not_in_y": 1}
    assert rows.attrs == labels.attrs


def test_a_panel_is_aligned_by_customer_and_cutoff():
    """The same customer has another label at another cutoff."""
    index = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["customer_id", "cutoff"])
    panel = pd.DataFrame({"orders": range(4)}, index=index)
    y = pd.Series([True, False, None], index=index[[3, 0, 1]], dtype="boolean")
    rows, labels = align(panel, y)
    assert rows["orders"].tolist() == [0, 3]
    assert labels.tolist() == [False, True]


def test_no_label_at_all_and_labels_twice_are_refused():
    """Both would end in a model of nothing."""
    with pytest.raises(InputError, match="no row"):
        align(X, pd.Series([None], index=["a"], dtype="boolean"))
    with pytest.raises(InputError, match="twice"):
        align(X, pd.Series([True, False], index=["a", "a"]))
