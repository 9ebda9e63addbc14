"""Recovery of planted customers: by hand, and refusals."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.evaluation.recovery import planted_recovery

TRUTH = pd.DataFrame(
    {
        "customer_id": list("abcdef"),
        "fate": ["dries_up", "dries_up", "stops", "stays", "stays", "dries_up"],
        "onset": pd.to_datetime(["2024-02-01", "2024-06-01", "2024-01-15", None, None, "2025-01-01"]),
    }
)


def scores(**values):
    return pd.Series(values, dtype=float)


def test_precision_lift_and_delay_by_hand():
    """Two lists: a is found on the first, b on the second only; f lies beyond every horizon."""
    lists = {
        "2024-03-01": scores(a=0.9, b=0.1, c=0.5, d=0.4),
        "2024-07-01": scores(a=0.2, b=0.8, c=0.5, d=0.4),
    }
    found = planted_recovery(lists, TRUTH, share=0.25)
    assert found.table["planted"].tolist() == [1, 2]
    assert found.table["precision"].tolist() == [1.0, 1.0]
    assert found.table["lift"].tolist() == [4.0, 2.0]
    detection = found.tables["detection"].set_index("customer_id")
    assert detection["delay_days"].to_dict() == {"a": 29, "b": 30}
    assert detection.loc["b", "found"] == dt.date(2024, 7, 1)
    assert found.figures == {"found": 1.0, "median_delay_days": 29.5}


def test_the_horizon_decides_who_is_planted_already():
    """With 120 days ahead, June counts on a list of March."""
    lists = {"2024-03-01": scores(a=0.9, b=0.8, d=0.1, e=0.0)}
    found = planted_recovery(lists, TRUTH, horizon_days=120, share=0.5)
    assert found.table["planted"].tolist() == [2]
    assert found.tables["detection"]["delay_days"].tolist() == [29, -92]


def test_fates_are_chosen_and_missing_scores_not_ranked():
    """Stoppers on request; a customer without a score is neither found nor missed."""
    lists = {"2024-03-01": scores(c=0.9, d=0.1, a=None)}
    found = planted_recovery(lists, TRUTH, fates=("stops", "dries_up"), share=0.5)
    assert found.table[["ranked", "planted", "hits"]].iloc[0].tolist() == [2, 1, 1]


def test_refusals():
    """A truth without onset, and lists without anybody, are named."""
    with pytest.raises(ColumnError, match="onset"):
        planted_recovery({"2024-03-01": scores(a=1)}, TRUTH.drop(columns="onset"))
    with pytest.raises(InputError, match="nobody"):
        planted_recovery({"2024-03-01": scores(a=None)}, TRUTH)
