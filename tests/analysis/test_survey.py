"""What customers say: the scales, the hand-checked examples, and what must hold for any survey."""

import dataclasses

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_ml.analysis.company import Company
from crm_ml.analysis.customer_view import customer_view
from crm_ml.analysis.survey.answers import read_answers
from crm_ml.analysis.survey.aspects import ASPECT_LISTS, aspect_table
from crm_ml.analysis.survey.coverage import survey_coverage
from crm_ml.analysis.survey.curve import levels_of, satisfaction_curve
from crm_ml.analysis.survey.customer_gain import value_for_customer
from crm_ml.analysis.survey.gaps import gap_analysis
from crm_ml.analysis.survey.intention import intention_and_trust
from crm_ml.analysis.survey.loyalty import modelled_loyalty, observed_loyalty
from crm_ml.analysis.survey.matrix import satisfaction_by_loyalty
from crm_ml.analysis.survey.nps import net_promoter_score, nps_interval
from crm_ml.analysis.survey.satisfaction import satisfaction
from crm_ml.analysis.survey.self_image import self_image_gap
from crm_ml.analysis.survey.theme import survey_theme
from crm_ml.analysis.survey.zones import loyalty_zones
from crm_ml.analysis.words import translated, word
from crm_ml.base.exceptions import InputError
from crm_ml.data.windows import Window

ANALYSES = [
    net_promoter_score, satisfaction, gap_analysis, loyalty_zones, intention_and_trust, value_for_customer,
    self_image_gap,
]  # fmt: skip


def answers(kind, scores, **more):
    ids = [f"c{number}" for number in range(len(scores))]
    return pd.DataFrame({"customer_id": ids, "kind": kind, "score": scores} | more)


def by_aspect(rows):
    return pd.DataFrame(rows, columns=["customer_id", "kind", "aspect", "score"])


EXAMPLE = by_aspect(
    [
        (customer, kind, aspect, score)
        for customer, aspect, *scores in (
            ("a", "price", 4, 3, 5),
            ("b", "price", 4, 2, 5),
            ("a", "process", 3, 4, 2),
            ("b", "process", 3, 4, 4),
        )
        for kind, score in zip(("expectation", "experience", "importance"), scores, strict=True)
    ]
)


# --- scales and rows -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "score", "scale"),
    [("overall", 6, 5), ("overall", 0, 5), ("overall", 0, 10), ("recommend", 11, 5), ("overall", 10.5, 10)],
)
def test_a_score_outside_its_scale_is_refused_with_its_row(kind, score, scale):
    with pytest.raises(InputError, match=r"scale|0 and 10") as error:
        read_answers(answers(kind, [4, 4, score]), scale=scale)
    assert "3" in str(error.value)


def test_recommendation_is_asked_from_0_to_10_beside_a_five_point_survey():
    both = pd.concat([answers("overall", [5]), answers("recommend", [0])])
    assert read_answers(both).of("recommend")["score"].tolist() == [0]


def test_row_numbers_survive_the_reference_date():
    survey = answers("overall", [4, 4, 9], date=["2024-01-01", "2023-01-01", "2023-01-01"])
    with pytest.raises(InputError, match="such as 3"):
        read_answers(survey, as_of="2023-06-01")


def test_the_latest_answer_counts_and_the_others_are_told():
    survey = pd.DataFrame({"customer_id": ["a", "a", "a"], "kind": "overall", "score": [5, 1, 3]}).assign(
        date=["2024-01-01", "2024-03-01", "2024-02-01"]
    )
    found = read_answers(survey)
    assert found.by_customer("overall").to_dict() == {"a": 1.0}
    assert found.warnings[0].said("nl").startswith("2 eerdere antwoorden")
    assert found.period == {"from": "2024-03-01", "until": "2024-03-02"}
    assert read_answers(survey, as_of="2024-03-01").by_customer("overall").to_dict() == {"a": 3.0}


def test_a_kind_on_two_scales_is_refused():
    survey = answers("overall", [4, 8], scale=[5, 10])
    with pytest.raises(InputError, match="two scales"):
        read_answers(survey)
    mixed = by_aspect([("a", "experience", "price", 8), ("a", "expectation", "price", 4)]).assign(
        scale=[10, 5]
    )
    with pytest.raises(InputError, match="two scales"):
        read_answers(mixed)
    with pytest.raises(InputError, match="other than 5 and 10"):
        read_answers(answers("overall", [4], scale=[7]))


def test_aspects_are_needed_and_those_of_value_are_fixed():
    with pytest.raises(InputError, match=r"without an aspect.*such as 2"):
        read_answers(by_aspect([("a", "experience", "price", 3), ("a", "experience", "", 3)]))
    with pytest.raises(InputError, match="unknown aspects of value"):
        read_answers(by_aspect([("a", "value", "price", 3)]))


@pytest.mark.parametrize("function", ANALYSES)
def test_no_survey_and_an_empty_one_say_what_is_missing(function):
    assert function(None).warnings[0].said("nl") == "niet berekend: enquêtetabel ontbreekt"
    empty = function(EXAMPLE.iloc[:0])
    assert empty.table.empty
    assert empty.warnings


@pytest.mark.parametrize("engine", ["polars", "pyarrow", "duckdb"])
def test_a_survey_of_any_engine_is_read_alike(engine):
    survey = answers("overall", [5, 3], date=pd.to_datetime(["2024-01-01", "2024-02-01"]))
    wanted = read_answers(survey, as_of="2024-02-01").frame
    if engine == "duckdb":
        import duckdb

        table = duckdb.from_df(survey)
    else:
        table = (
            nw.from_native(survey).to_polars() if engine == "polars" else nw.from_native(survey).to_arrow()
        )
    pd.testing.assert_frame_equal(read_answers(table, as_of="2024-02-01").frame, wanted, check_dtype=False)


# --- NPS --------------------------------------------------------------------------------------------------


def test_nps_by_hand():
    """50 promoters, 30 passives, 20 detractors: 30 points ± 1.96 · √((.5 + .2 − .09) ÷ 100)."""
    figures = net_promoter_score(answers("recommend", [9] * 50 + [8] * 30 + [6] * 20)).figures
    half = 100 * 1.959964 * np.sqrt(0.61 / 100)
    assert figures["nps"] == 30
    assert figures["nps_low"] == pytest.approx(30 - half)
    assert figures["nps_high"] == pytest.approx(30 + half)


def test_nps_of_one_answer_warns_and_has_an_honest_interval():
    result = net_promoter_score(answers("recommend", [10]))
    assert (result.figures["nps_low"], result.figures["nps_high"]) == (100, 100)
    assert result.figures["nps_low_adjusted"] < 0
    assert "only 1 answers" in result.warnings[0]


def test_nps_of_ten_thousand_answers_is_narrow():
    scores = np.random.default_rng(0).integers(0, 11, 10_000)
    result = net_promoter_score(answers("recommend", scores))
    figures = result.figures
    assert result.n == 10_000
    assert figures["nps_high"] - figures["nps_low"] < 4
    assert figures["nps_low"] == pytest.approx(figures["nps_low_adjusted"], abs=0.05)
    assert result.table["answers"].sum() == 10_000


def test_nps_borders_of_both_scales():
    ten = net_promoter_score(answers("recommend", [10, 9, 8, 7, 6, 0])).table["answers"]
    five = net_promoter_score(answers("recommend", [5, 4, 3, 1], scale=5)).table["answers"]
    assert ten.tolist() == [2, 2, 2]
    assert five.tolist() == [1, 1, 2]


def test_nps_by_group_counts_customers_of_no_group():
    groups = pd.DataFrame({"customer_id": ["c0", "c1"], "segment": ["shop", "trade"]})
    found = net_promoter_score(answers("recommend", [10, 0, 5]), groups).tables["groups"].set_index("segment")
    assert found["nps"].to_dict() == {"shop": 100, "trade": -100, "unknown": -100}


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_nps_stays_within_its_limits(promoters, passives, detractors):
    n = promoters + passives + detractors
    if n:
        for adjusted in (False, True):
            score, low, high = nps_interval(promoters, detractors, n, adjusted=adjusted)
            assert -100 <= low <= high <= 100
            assert -100 <= score <= 100
        score, low, high = nps_interval(promoters, detractors, n)
        assert low - 1e-9 <= score <= high + 1e-9


def test_impossible_counts_are_refused():
    with pytest.raises(InputError, match="counts"):
        nps_interval(5, 6, 10)


# --- satisfaction and gaps --------------------------------------------------------------------------------


def test_satisfaction_by_hand():
    """Price −1.5 with weight 5, process +1 with weight 3: (−7.5 + 3) ÷ 8."""
    result = satisfaction(EXAMPLE)
    table = result.table.set_index("aspect")
    assert table["gap"].to_dict() == {"price": -1.5, "process": 1.0}
    assert table["weight"].to_dict() == {"price": 5, "process": 3}
    assert result.figures["satisfaction"] == pytest.approx(-4.5 / 8)
    own = result.tables["customers"].set_index("customer_id")["gap_total"]
    assert own.to_dict() == pytest.approx({"a": (-5 + 3) / 8, "b": (-10 + 3) / 8})


def test_gap_analysis_by_hand():
    table = gap_analysis(EXAMPLE).table
    assert table["aspect"].tolist() == ["price", "process"]
    assert table["priority"].tolist() == [7.5, 0.0]
    assert table["quadrant"].tolist() == ["improve_first", "hold"]
    assert table["share_weight"].sum() == pytest.approx(1)


def test_an_aspect_without_weight_is_named_and_left_out_of_the_total():
    survey = EXAMPLE[~((EXAMPLE["kind"] == "importance") & (EXAMPLE["aspect"] == "process"))]
    result = satisfaction(survey)
    assert result.figures["satisfaction"] == -1.5
    assert "process" in result.warnings[0]
    gaps = gap_analysis(survey)
    assert gaps.table.set_index("aspect").loc["process", "quadrant"] == "unknown"


def test_without_any_weight_all_aspects_weigh_the_same():
    result = satisfaction(EXAMPLE[EXAMPLE["kind"] != "importance"])
    assert result.parameters["weights"] == "equal"
    assert result.figures["satisfaction"] == pytest.approx(-0.25)


def test_too_few_answers_for_derived_weights_weigh_the_same_unless_asked_for():
    few = pd.concat([EXAMPLE[EXAMPLE["kind"] != "importance"], answers("overall", [3, 4])])
    assert satisfaction(few).parameters["weights"] == "equal"
    forced = satisfaction(few, weights="derived")
    assert np.isnan(forced.figures["satisfaction"])
    assert "price, process" in forced.warnings[0]


def test_derived_weights_find_the_aspect_that_moves_satisfaction():
    random = np.random.default_rng(1)
    driver, noise = random.integers(1, 6, 300), random.integers(1, 6, 300)
    parts = [
        answers("experience", driver, aspect="process"),
        answers("experience", noise, aspect="price"),
        answers("overall", driver),
    ]
    table = gap_analysis(pd.concat(parts), weights="derived").table.set_index("aspect")
    assert table.loc["process", "weight"] == pytest.approx(1)
    assert table.loc["price", "weight"] < 0.2
    assert table["gap"].isna().all()


def test_ties_in_priority_share_a_rank_and_keep_the_order_of_names():
    rows = [
        ("a", kind, aspect, score)
        for aspect in ("z", "b")
        for kind, score in (("expectation", 5), ("experience", 4))
    ]
    table = gap_analysis(by_aspect(rows)).table
    assert table["aspect"].tolist() == ["b", "z"]
    assert table["rank"].tolist() == [1, 1]


def test_anonymous_answers_are_paired_by_questionnaire():
    rows = by_aspect([(None, "expectation", "price", 5), (None, "experience", "price", 3)])
    assert satisfaction(rows.assign(response_id=["q1", "q1"])).figures["satisfaction"] == -2
    assert satisfaction(rows).table.empty


scores_5 = st.integers(1, 5)
respondent = st.tuples(*[scores_5] * 9)


@settings(max_examples=40, deadline=None)
@given(st.lists(respondent, min_size=1, max_size=8))
def test_contributions_add_up_to_satisfaction(respondents):
    rows = []
    for number, scores in enumerate(respondents):
        for place, aspect in enumerate(("price", "process", "product")):
            kinds = ("expectation", "experience", "importance")
            rows += [(f"c{number}", kind, aspect, scores[3 * place + k]) for k, kind in enumerate(kinds)]
    result = satisfaction(by_aspect(rows))
    table = result.table
    assert table["contribution"].sum() == pytest.approx(result.figures["satisfaction"])
    assert table["gap"].tolist() == pytest.approx((table["experience"] - table["expectation"]).tolist())
    assert (gap_analysis(by_aspect(rows)).table["priority"] >= 0).all()


# --- zones, matrix, curve ---------------------------------------------------------------------------------


def test_zones_of_both_scales():
    five = loyalty_zones(answers("overall", [1, 2, 3, 4, 5])).table
    ten = loyalty_zones(answers("overall", [1, 5, 6, 8, 9, 10]), scale=10).table
    assert five["answers"].tolist() == [2, 2, 1]
    assert ten["answers"].tolist() == [2, 2, 2]
    assert five["share"].sum() == pytest.approx(1)
    assert (five["share_low"] < five["share"]).all()


def test_zones_show_the_money_in_them():
    customers = pd.DataFrame({"customer_id": ["c0", "c1"], "revenue": [10.0, 90.0]})
    table = loyalty_zones(answers("overall", [1, 5]), customers).table.set_index("zone")
    assert table.loc["affection_zone", "revenue"] == 90


def test_the_matrix_tells_ambassadors_and_the_lost_who_speak_against_us():
    survey = pd.concat(
        [answers("overall", [5, 5, 5, 1, 1, 1]), answers("recommend", [10, 7, 9, 5, 8, 0])], ignore_index=True
    )
    loyalty = pd.Series([0.9, 0.9, 0.1, 0.9, 0.1, 0.1], index=[f"c{number}" for number in range(6)])
    result = satisfaction_by_loyalty(survey, loyalty, gone=["c4", "c5"])
    names = ["ambassador_customer", "loyal_customer", "mercenary", "hostage", "lost_customer", "terrorist"]
    assert result.table["quadrant"].tolist() == names
    assert result.table["customers"].tolist() == [1] * 6
    assert set(result.tables["customers"]["loyalty_group"]) == {
        "satisfied_loyal", "satisfied_not_loyal", "dissatisfied_loyal", "dissatisfied_not_loyal",
    }  # fmt: skip


def test_beside_a_named_customer_no_sharp_word_stands():
    survey = answers("overall", [5, 5, 1, 1])
    loyalty = pd.Series([0.9, 0.1, 0.9, 0.1], index=["c0", "c1", "c2", "c3"])
    for language in ("nl", "en"):
        shown = translated(satisfaction_by_loyalty(survey, loyalty), language).tables["customers"]
        text = " ".join(map(str, shown.to_numpy().ravel())).lower()
        assert not [one for one in ("huurling", "gijzelaar", "terror", "mercenary", "hostage") if one in text]


def test_a_cut_relative_to_the_class_splits_each_class():
    survey = answers("overall", [5] * 8)
    ids = [f"c{number}" for number in range(8)]
    loyalty = pd.Series([0.1, 0.2, 0.3, 0.4, 0.7, 0.8, 0.9, 1.0], index=ids)
    groups = pd.DataFrame({"customer_id": ids, "segment": ["low"] * 4 + ["high"] * 4})
    fixed = satisfaction_by_loyalty(survey, loyalty, groups).table["customers"].tolist()
    own = satisfaction_by_loyalty(survey, loyalty, groups, cut=None).table["customers"].tolist()
    assert fixed == [0, 4, 4, 0, 0, 0]
    assert own == [0, 4, 4, 0, 0, 0]
    named = satisfaction_by_loyalty(survey, loyalty, groups, cut=None).tables["customers"]
    assert (
        named["loyalty_group"].tolist()
        == ["satisfied_not_loyal"] * 2
        + ["satisfied_loyal"] * 2
        + ["satisfied_not_loyal"] * 2
        + ["satisfied_loyal"] * 2
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(scores_5, st.floats(0, 1)), min_size=1, max_size=20))
def test_the_quadrants_exclude_each_other(pairs):
    survey = answers("overall", [score for score, _ in pairs])
    loyalty = pd.Series([chance for _, chance in pairs], index=survey["customer_id"])
    table = satisfaction_by_loyalty(survey, loyalty).table
    assert table["customers"].sum() == len(pairs)
    assert table["share_customers"].sum() == pytest.approx(1)


def test_customers_without_a_loyalty_are_counted():
    result = satisfaction_by_loyalty(answers("overall", [5, 1]), pd.Series([0.9], index=["c0"]))
    assert "1 customers" in result.warnings[0]
    assert satisfaction_by_loyalty(answers("overall", [5]), pd.Series([0.9], index=["z"])).table.empty
    assert (
        satisfaction_by_loyalty(answers("overall", [5]), None).warnings[0]
        == "not computed: risk list missing"
    )


def test_the_curve_by_hand():
    """Loyal: half on level 3, half on level 4, all on level 5: the last step is 50 points, the other 0."""
    survey = answers("overall", [3, 3, 4, 4, 5, 5])
    loyalty = pd.Series([1.0, 0, 1, 0, 1, 1], index=survey["customer_id"])
    result = satisfaction_curve(survey, loyalty)
    assert result.figures["extra_of_top_step"] == pytest.approx(0.5)
    assert result.table["share_loyal"].tolist()[2:] == [0.5, 0.5, 1.0]
    assert result.table["customers"].tolist() == [0, 0, 2, 2, 2]


def test_ten_points_make_five_levels():
    assert levels_of(pd.Series(range(1, 11), dtype="float64"), 10).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_loyalty_from_the_model_prefers_risk_of_both_kinds():
    scores = pd.DataFrame({"customer_id": ["a"], "p_at_risk": [0.75], "p_stopped": [0.5]})
    assert modelled_loyalty(scores).to_dict() == {"a": 0.25}


def test_loyalty_observed_is_a_purchase_after_the_answer(two_years):
    found = observed_loyalty(two_years, pd.Index(["same", "stopper"]), Window("2021-01-01", 365))
    assert found.to_dict() == {"same": 1.0, "stopper": 0.0}


# --- the rest ---------------------------------------------------------------------------------------------


def test_intention_by_hand():
    row = intention_and_trust(answers("trust", [5, 4, 4, 1])).table.iloc[0]
    assert (row["question"], row["mean"], row["share_positive"]) == ("trust", 3.5, 0.75)


def test_value_counts_complete_respondents_only():
    full = [4, 4, 4, 2, 2]
    aspects = ["result", "individualisation", "process_quality", "price_paid", "cost_of_obtaining"]
    rows = [("a", "value", aspect, score) for aspect, score in zip(aspects, full, strict=True)]
    result = value_for_customer(by_aspect([*rows, ("b", "value", "result", 1)]))
    assert result.figures["value_ratio"] == 3.0
    assert result.n == 1
    assert "1 answers lack a part" in result.warnings[0]


def test_the_self_image_gap_has_welchs_interval():
    survey = pd.concat([answers("staff_estimate", [5, 4, 5, 4]), answers("overall", [3, 2, 3, 2])])
    row = self_image_gap(survey).table.iloc[0]
    assert row["gap"] == 2.0
    assert 0 < row["gap_low"] < 2 < row["gap_high"]


def test_coverage_tells_anonymous_former_and_unknown_customers():
    survey = answers("overall", [5, 4, 3, 2]).assign(customer_id=["a", "old", "stranger", None])
    base = pd.DataFrame({"customer_id": ["a", "b"], "revenue": [80.0, 20.0]})
    result = survey_coverage(survey, base, pd.Index(["a", "b", "old"]))
    assert result.table.iloc[-1]["share_revenue"] == 0.8
    assert result.figures["unknown_customers"] == 1
    assert len(result.warnings) == 3


def test_every_shipped_aspect_has_a_word_in_both_languages():
    assert sum(map(len, ASPECT_LISTS.values())) == len(aspect_table()) == 17
    dutch, english = aspect_table("nl")["question_about"], aspect_table("en")["question_about"]
    assert (dutch != english).mean() > 0.8
    assert word("aftercare", "nl") == "nazorg"


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        (0, {}),
        (1, {}),
        (None, {"loyalty_cut": None}),
        (None, {"survey_scale": 10}),
    ],
)
def test_the_theme_runs_on_none_one_and_all_answers_and_both_scales(company, rows, options):
    survey = company.tables["survey"].iloc[:rows]
    if options.get("survey_scale") == 10:
        double = survey["kind"] != "recommend"
        survey = survey.assign(score=survey["score"].where(~double, 2 * survey["score"]))
    tables = {**company.tables, "survey": survey}
    chosen = dataclasses.replace(company.settings, **options)
    found = list(survey_theme(Company(company.tx, tables, settings=chosen), customer_view(company)))
    assert len(found) == 10
    for result in found:
        assert len(result.table) or result.warnings, result.name
        if rows is None:
            assert len(result.table), result.name
            assert result.plot("nl").axes
