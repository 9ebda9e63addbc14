"""Thresholds out of range are refused when they are written, not when they bite."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from crm_ml.base.exceptions import InputError
from crm_ml.labels.settings import LabelSettings


@pytest.mark.parametrize(
    "wrong", [{"delta": 1.5}, {"trend_periods": 3}, {"trend_periods": 2}, {"segment": "pyramide"}]
)
def test_thresholds_out_of_range_are_refused(wrong):
    with pytest.raises(InputError):
        LabelSettings(**wrong)


def test_an_unknown_key_of_a_config_is_refused():
    adapter = TypeAdapter(LabelSettings)
    assert adapter.validate_python({"delta": 0.4, "normal": {"min_purchase_days": 5}}).delta == 0.4
    with pytest.raises(ValidationError):
        adapter.validate_python({"dleta": 0.4})
    with pytest.raises(ValidationError):
        adapter.validate_python({"normal": {"min_purchases": 5}})
