"""Scorecard, chain and card: what is missing is named, targets are checked, and nobody is judged by name."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_ml.analysis.company import Company
from crm_ml.analysis.customer_card import known_of_customer
from crm_ml.analysis.customer_view import customer_view
from crm_ml.analysis.scorecard.card import scorecard
from crm_ml.analysis.scorecard.chain import rank_correlation, satisfaction_loyalty_profit
from crm_ml.analysis.scorecard.measures import MEASURES
from crm_ml.analysis.scorecard.steps import COLUMNS, QUESTION_THEMES
from crm_ml.analysis.words import word
from crm_ml.base.exceptions import InputError
from crm_ml.data.datasets import load_cdnow


def test_by_hand_on_six_customers(two_years):
    """Levels of 2021 beside 2020, which has no earlier period in full, so that its retention stays open."""
    table = scorecard(Company(two_years)).table.set_index("measure")
    assert table.loc["active_customers", ["level", "previous"]].tolist() == [5, 4]
    assert table.loc["revenue", "level"] == pytest.approx(237.93)
    assert table.loc["revenue", "previous"] == pytest.approx(245.0)
    assert table.loc["retention", "level"] == 0.75  # three of four
    assert table.loc["share_new_customers", "level"] == 0.2
    assert table.loc["revenue", "trend"] == "worse"
    assert table.loc["active_customers", "trend"] == "better"


def test_what_is_missing_is_named_with_its_measures(two_years):
    """Each absent table once, with everything that waits for it, in both languages."""
    result = scorecard(Company(two_years))
    said = [warning.said("nl") for warning in result.warnings]
    assert "niet berekend, want contactentabel ontbreekt: kosten per contact, omzet per contact" in said
    assert len(said) == len({one.said("nl").partition(":")[0] for one in result.warnings})
    waiting = [name for one in result.warnings for name in one.partition(": ")[2].split(", ")]
    assert len(result.table) + len(waiting) >= len(MEASURES)  # a word of a measure may hold a comma


def test_targets_are_met_in_the_direction_that_is_better(two_years):
    """More is better for retention; a target that names nothing is refused with the nearest name."""

    def with_targets(**columns):
        return scorecard(Company(two_years, {"scorecard_targets": pd.DataFrame(columns)})).table.set_index(
            "measure"
        )

    met = with_targets(
        measure=["retention", "fallen", "revenue"], target=["0,7", "0", ""], budget=["", "", "300"]
    )
    assert met["on_target"][["retention", "fallen", "revenue"]].tolist() == [
        True,
        met["level"]["fallen"] <= 0,
        False,
    ]
    with pytest.raises(InputError, match=r"unknown measure.*did you mean 'retention'"):
        with_targets(measure=["retentoin"], target=[1])


def test_the_four_questions_and_four_columns_hold_every_measure(company):
    """Another division, not another choice."""
    result = scorecard(company)
    for name, column, values in (
        ("questions", "question", [f"question_{one}" for one in QUESTION_THEMES]),
        ("columns", "column", list(COLUMNS)),
    ):
        table = result.tables[name]
        assert sorted(table["measure"]) == sorted(result.table["measure"])
        places = [values.index(one) for one in table[column]]
        assert places == sorted(places)


def test_every_measure_has_words():
    for measure in MEASURES:
        assert word(measure.name, "nl") != measure.name.replace("_", " ") or measure.name in {"nps"}, (
            measure.name
        )


def test_a_chain_that_was_planted_is_found(shop):
    """Satisfaction that follows revenue correlates with it; too few answers give no link."""
    company = Company(shop)
    view = customer_view(company)
    rank = view["margin" if "margin" in view else "revenue"].rank(pct=True)
    survey = pd.DataFrame(
        {"customer_id": rank.index, "kind": "overall", "score": np.ceil(5 * rank).astype(int)}
    )
    asked = Company(shop, {"survey": survey})
    links = satisfaction_loyalty_profit(asked, view).table.set_index(["from_measure", "to_measure"])
    assert links.loc[("satisfaction", "profit"), "correlation"] > 0.9
    few = satisfaction_loyalty_profit(Company(shop, {"survey": survey.head(5)}), view)
    assert few.table.empty
    assert few.warnings[-1] == "both are known of fewer than 10 customers"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=4, max_size=40))
def test_a_correlation_lies_in_its_interval(pairs):
    """Between −1 and 1, inside its limits, and the same whichever comes first."""
    one, other = (pd.Series(values) for values in zip(*pairs, strict=True))
    found = rank_correlation(one, other)
    if not np.isnan(found[0]):
        assert -1 <= found[1] <= found[0] + 1e-9
        assert found[0] <= found[2] + 1e-9 <= 1 + 2e-9
        assert found == pytest.approx(rank_correlation(other, one))


def test_the_card_holds_what_the_tables_say(company):
    """History adds up to the ledger, scores are those of the list, and judgements stay out."""
    company = Company(
        company.tx,
        {
            **company.tables,
            "complaints": pd.DataFrame(
                {"customer_id": ["c001"], "opened": ["2021-05-01"], "kind": ["vexatious"], "cause": ["late"]}
            ),
        },
        settings=company.settings,
    )
    card = known_of_customer(company, "c001")
    view = customer_view(company)
    assert card.buying["revenue"] == pytest.approx(view.loc["c001", "revenue"])
    recent = card.history["revenue"].tail(4).sum()
    assert recent == pytest.approx(view.loc["c001", "revenue"], rel=0.1)  # 364 days beside 365
    scores = company.tables["scores"].set_index("customer_id").loc["c001"]
    assert card.scores["expected_loss"] == pytest.approx(scores["expected_loss"])
    assert "kind" not in card.complaints
    assert card.complaints["cause"].tolist() == ["late"]
    assert len(card.contacts) <= 5
    assert card.contacts["date"].is_monotonic_decreasing


def test_a_card_from_transactions_alone(two_years):
    """Nothing is invented: what no table tells is empty."""
    card = known_of_customer(Company(two_years), "stopper")
    assert card.account == {}
    assert card.scores == {}
    assert card.classes["pyramid_class"] == "inactive"
    assert card.contacts.empty
    with pytest.raises(InputError, match=r"unknown customer.*'stopper'"):
        known_of_customer(Company(two_years), "stoper")


def test_half_a_period_is_not_compared_with_a_whole_one():
    """CDNOW holds eighteen months: its first half year beside the last year would be a trend of nothing."""
    result = scorecard(Company(load_cdnow(sample=True)))
    assert result.table["level"].notna().all()
    assert result.table["previous"].isna().all()
    assert set(result.table["trend"]) == {""}
    assert result.plotter is None
    assert "the data begin on 1997-01-01 only" in result.warnings[0]
