"""Columns: the interface that other people's scripts read."""

from __future__ import annotations

import pytest

from crm_ml.base.texts import LANGUAGES, text
from crm_ml.classes.rfm_scores import SEGMENTS
from crm_ml.prediction import columns

# fmt: off
STABLE = [
    "rank", "customer_id", "name", "owner", "expected_loss", "risk_band", "threat", "reason_1",
    "reason_2", "reason_3", "advice", "may_contact", "usual_spend", "expected_spend", "revenue_12m",
    "revenue_prev_12m", "clv", "clv_low", "clv_high", "p_stopped", "p_drying_up", "p_at_risk",
    "expected_purchases", "last_purchase", "recency_days", "purchase_days", "rfm_score", "segment",
    "since_last_list", "contact_group", "contact_value", "rule", "score_basis", "human_review_required",
    "basis", "currency", "as_of", "horizon_days", "clv_horizon_days", "model_version",
    "next_class", "p_next_class",
]
# fmt: on


def test_names_and_order_are_stable():
    """Scripts of users read these names in this order."""
    assert columns.column_names() == STABLE


def test_marketer_sees_the_same_columns_technical_ones_last():
    """Nothing is lost between file and workbook, and what only a technician needs stands at the right."""
    order = columns.MARKETER_ORDER
    assert sorted(columns.column_names(order)) == sorted(STABLE)
    technical = [column.technical for column in order]
    assert technical == sorted(technical)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_has_a_unique_label_and_a_meaning(language):
    """Two columns with one label cannot be told apart in a filter."""
    labels = [column.label(language) for column in columns.RISK_LIST]
    assert len(set(labels)) == len(labels)
    assert all(column.meaning(language).endswith(".") for column in columns.RISK_LIST)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_label(language):
    """A list in Dutch does not say 'buys less'."""
    codes = {
        "risk_band": columns.RISK_BANDS,
        "threat": columns.THREATS,
        "contact_group": columns.CONTACT_GROUPS,
        "since_last_list": columns.SINCE_LAST_LIST,
        "score_basis": columns.SCORE_BASES,
        "segment": SEGMENTS,
    }
    for column, values in codes.items():
        for value in values:
            assert columns.value_label(column, value, language) == text(f"values.{column}.{value}", language)
