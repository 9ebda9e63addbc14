"""The order of the report, what each number must say, and cells in the unit of their row."""

import pandas as pd
import pytest

from crm_ml.analysis.scorecard.steps import QUESTION_THEMES, STEPS, step_of
from crm_ml.analysis.themes import THEMES
from crm_ml.base.exceptions import InputError
from crm_ml.base.result import Result
from crm_ml.reporting.blocks import result_blocks
from crm_ml.reporting.by_unit import written_by_unit
from crm_ml.reporting.contents import contents_table, result_files
from crm_ml.reporting.cycle import by_step, indexes, step_title
from crm_ml.reporting.facts import period_of, result_facts
from crm_ml.reporting.page import Section, Table
from crm_ml.reporting.shown import ShownColumn, kind_of


def test_every_theme_has_a_step_and_answers_a_question():
    """A theme without a place would stand nowhere in the report; nine steps, four questions."""
    assert len(STEPS) == 9
    assert [step_of(theme) for theme in by_step(dict.fromkeys(THEMES))] == sorted(map(step_of, THEMES))
    answered = [theme for themes in QUESTION_THEMES.values() for theme in themes]
    assert sorted(answered) == sorted(set(THEMES) - {"scorecard", "claims"})
    assert len(QUESTION_THEMES) == 4
    with pytest.raises(InputError, match="belongs to no step"):
        step_of("weather")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_steps_are_numbered_in_both_languages(language):
    titles = [step_title(step.themes[0], language) for step in STEPS]
    assert [title[:2] for title in titles] == [f"{number}." for number in range(1, 10)]


def test_an_index_leaves_out_what_there_is_not():
    """A report of one theme has one entry, not nine empty ones."""
    section = Section("theme-1", "ABC", ())
    steps, questions = indexes({"abc": section}, "en")
    assert steps.entries == (("1. Customer-base analysis", (section,)),)
    assert questions.entries == (("Do we have the right customers?", (section,)),)


def test_periods_in_words():
    """From–until names the last day that counts; two periods stand beside each other."""
    before = {"before_from": "2023-01-01", "before_until": "2024-01-01"}
    after = {"after_from": "2024-01-01", "after_until": "2025-01-01"}
    said = period_of({**before, **after}, "en")
    assert said == "1 January 2023 to 31 December 2023 beside 1 January 2024 to 31 December 2024"
    assert period_of({"as_of": "2025-01-01"}, "nl") == "stand op 1 januari 2025"
    assert period_of({"as_of": ""}, "nl") == ""


def test_counts_are_named_too():
    """No basis means no amounts, and that is said."""
    facts = result_facts(Result("abc", pd.DataFrame(), n=1200, parameters={"until": "2025-01-01"}), "nl")
    assert facts == {
        "basis": "aantallen (geen bedragen)",
        "count": "1.200",
        "period": "stand op 1 januari 2025",
    }


def test_cells_in_the_unit_of_their_row():
    """A share is a percentage, money has no cents above 100, points keep their sign."""
    table = pd.DataFrame(
        {
            "measure": list("abcd"),
            "level": [0.123, 1234.5, -7.26, None],
            "unit": ["share", "money", "points", "days"],
        }
    )
    columns = [ShownColumn(name, name, kind_of(name, table[name])) for name in table]
    written, kept = written_by_unit(table, table, columns, "nl")
    assert written["level"].tolist() == ["12,3%", "1.234", "−7,3", ""]
    assert [one.name for one in kept] == ["measure", "level"]
    assert kept[1].is_number


def test_units_of_others_are_left_alone():
    """Only a table whose units are all ours is rewritten; a claim keeps its own column."""
    table = pd.DataFrame({"claim": ["x"], "measured": [56.4], "unit": ["%"]})
    (shown,) = [one for one in result_blocks(Result("claims_report", table), "en") if isinstance(one, Table)]
    assert [column.name for column in shown.table.columns] == ["claim", "measured", "unit"]
    assert not shown.cards


def test_contents_name_the_files():
    """A result without rows has no file, and its note says why."""
    one = Result(
        "abc", pd.DataFrame({"class": ["A"]}), tables={"customers": pd.DataFrame({"customer_id": ["1"]})}
    )
    none = Result("pyramid", pd.DataFrame(), warnings=("not computed",))
    assert list(result_files(one)) == ["abc.parquet", "abc_customers.parquet"]
    table = contents_table({"pyramid": [none], "abc": [one]}, "en")
    assert table["name"].tolist() == ["abc", "pyramid"]
    assert table["files"].tolist() == ["abc.parquet, abc_customers.parquet", ""]
    assert table["notes"].tolist() == ["", "not computed"]
