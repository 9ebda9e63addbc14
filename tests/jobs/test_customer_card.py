"""The card with the scores of a real bundle: reasons, rule and interval of the models themselves."""

import pytest

from crm_ml.jobs.company import read_company
from crm_ml.jobs.config import AnalyseConfig
from crm_ml.jobs.customer_card import run_card


@pytest.fixture(scope="module")
def config(small_training, tmp_path_factory):
    """An analysis of the data that the bundle was trained on."""
    return AnalyseConfig.model_validate(
        {
            "data": {"dataset": "cdnow_sample"},
            "bundle": str(small_training.bundle_folder),
            "analysis": {"period_days": 182},
            "out": str(tmp_path_factory.mktemp("cards")),
        }
    )


def test_scores_of_a_bundle_are_the_risk_list(config):
    """What analyses call scores is the list that marketing gets, for every customer."""
    company = read_company(config)
    scores = company.table("scores", "clv", "p_stopped", "expected_loss", "reason_1")
    assert scores is not None
    assert len(scores) == company.tx.counts["customers"]


@pytest.mark.parametrize(("language", "why"), [("nl", "Waarom:"), ("en", "Why:")])
def test_the_card_gives_the_reasons_of_the_list(config, language, why):
    """The first customer of the list: its reasons, in the reader's language, and its interval."""
    chosen = config.model_copy(update={"language": language})
    first = read_company(chosen).tables["scores"].iloc[0]
    page = run_card(chosen, str(first["customer_id"])).read_text("utf-8")
    assert why in page
    assert first["reason_1"].split(" ")[0] in page
    assert ("tussen" if language == "nl" else "between") in page
