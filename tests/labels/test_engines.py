"""Labels are the same on every engine."""

from __future__ import annotations

import pandas as pd
import pytest

from crm_ml.data.windows import Window
from crm_ml.labels.behaviour import behaviour
from crm_ml.labels.segment import label_segment

from ..data.logs import log_of, steady_base

ROWS = [row for row in steady_base(40, 900) if row[1] < 700 or int(row[0][1:]) % 4]
WINDOW = Window(750, 90)


# Closing the session leaves sockets to the garbage collector; that is Spark's, not ours.
SPARK = [
    pytest.mark.spark,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@pytest.mark.parametrize("engine", ["polars", pytest.param("spark", marks=SPARK)])
def test_labels_agree_between_engines(engine):
    duck, other = (log_of(ROWS, first=0, last=899, engine=name) for name in ("duckdb", engine))
    pd.testing.assert_frame_equal(behaviour(duck, WINDOW), behaviour(other, WINDOW))
    pd.testing.assert_series_equal(label_segment(duck, WINDOW), label_segment(other, WINDOW))
