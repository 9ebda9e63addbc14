"""The quick summary equals that of the checked log, and refuses what it cannot read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.data.datasets import load_cdnow
from crm_ml.features.summary import rfm_summary
from crm_ml.models.clv.log_summary import summary_from_log


def test_it_equals_the_summary_of_the_checked_log(cdnow_log):
    quick = summary_from_log(cdnow_log, "customer_id", "day", "1997-10-01", amount="amount")
    quick.index = [f"{one:05d}" if len(str(one)) < 5 else str(one) for one in quick.index]
    checked = rfm_summary(load_cdnow(sample=True), "1997-10-01")
    assert len(quick) == len(checked) == 2357
    quick = quick.sort_values(list(quick)).reset_index(drop=True)
    checked = checked.sort_values(list(quick)).reset_index(drop=True)
    np.testing.assert_allclose(quick, checked[list(quick)], rtol=1e-12, atol=1e-12)


def test_days_from_the_cutoff_on_are_not_seen(cdnow_log):
    early = cdnow_log[cdnow_log["day"] < "1997-10-01"]
    pd.testing.assert_frame_equal(
        summary_from_log(cdnow_log, "customer_id", "day", "1997-10-01"),
        summary_from_log(early, "customer_id", "day", "1997-10-01"),
    )


def test_what_is_missing_is_refused_and_not_dropped():
    log = pd.DataFrame({"who": ["a", None], "when": ["2024-01-01", "2024-01-02"]})
    with pytest.raises(InputError, match="who"):
        summary_from_log(log, "who", "when", "2024-02-01")
    with pytest.raises(ColumnError, match="amount"):
        summary_from_log(log, "who", "when", "2024-02-01", amount="amount")
    with pytest.raises(InputError, match="before the cutoff"):
        summary_from_log(log.dropna(), "who", "when", "2023-01-01")
