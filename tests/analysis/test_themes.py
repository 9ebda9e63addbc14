"""Every analysis on one company: complete, in both languages, with a picture, a formula and a source."""

import pandas as pd
import pytest

from crm_ml.analysis.company import TABLES, Company
from crm_ml.analysis.themes import THEMES, analyse_themes
from crm_ml.analysis.words import WORDED, translated, word
from crm_ml.base.exceptions import InputError
from crm_ml.base.texts import keys

# Columns that data name themselves: they are shown as they stand in the data.
FROM_DATA = {"food", "sport", "home", "sector", "employees", "retail", "trade"}
WORDS = (
    "analysis_words", "analysis_titles", "analysis_whitney", "analysis_missing", "survey_aspects", "claims",
    "columns",
)  # fmt: skip
SHARP = (
    "terror",
    "chicaneur",
    "energy sucker",
    "energievreter",
    "concurrent",
    "competitor",
    "dog",
    "vermoeiend",
)


def worded(table):
    """Cells of the columns that hold words of ours."""
    columns = WORDED.intersection(map(str, table.columns))
    return {
        cell
        for column in columns
        for cell in table[column].unique()
        if isinstance(cell, str) and len(cell) > 1
    }


def results(themed):
    return [result for found in themed.values() for result in found]


def test_with_every_table_every_analysis_computes(themed):
    assert list(themed) == list(THEMES)
    empty = {result.name: result.warnings for result in results(themed) if result.table.empty}
    assert empty == {}


def test_every_result_has_formula_source_and_n(themed):
    for result in results(themed):
        assert result.formula, result.name
        assert "DOMAIN" in result.source, result.name
        assert result.n > 0, result.name
        assert not any(isinstance(one, pd.DataFrame) for one in result.parameters.values())


def test_every_title_and_formula_exists_in_both_languages(themed):
    titles = {key.partition(".")[2] for key in keys("analysis_titles")}
    formulas = {key.partition(".")[2] for key in keys("analysis_formulas")}
    assert {result.name for result in results(themed)} <= titles
    assert titles == formulas


def test_every_column_class_and_figure_has_a_word_in_both_languages(themed):
    known = {key.partition(".")[2] for theme in WORDS for key in keys(theme)} | FROM_DATA
    missing = set()
    for result in results(themed):
        names = {str(column) for table in (result.table, *result.tables.values()) for column in table.columns}
        missing |= {name for name in (*names, *result.figures, *result.tables) if name not in known}
        missing |= {
            cell for table in (result.table, *result.tables.values()) for cell in worded(table)
        } - known
    assert missing == set()


def test_in_dutch_no_english_class_is_left(themed):
    english = {word(key.partition(".")[2], "en") for key in keys("analysis_words")}
    dutch = {word(key.partition(".")[2], "nl") for key in keys("analysis_words")}
    only_english = english - dutch
    for result in results(themed):
        shown = translated(result, "nl")
        assert not only_english.intersection(map(str, shown.table.columns)), result.name
        assert shown.formula != result.formula or result.name in {"abc"}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_picture_draws(themed, language):
    drawn = 0
    for result in results(themed):
        if result.plotter is not None:
            figure = result.plot(language)
            assert figure.axes, result.name
            drawn += 1
    assert drawn > 40


def test_sharp_words_never_stand_beside_a_named_customer(themed):
    for result in results(themed):
        for language in ("nl", "en"):
            for table in translated(result, language).tables.values():
                if word("customer_id", language) in table.columns:
                    cells = " ".join(
                        map(str, table.select_dtypes(["object", "string"]).to_numpy().ravel()[:5000])
                    ).lower()
                    assert not [sharp for sharp in SHARP if sharp in cells], result.name


def test_without_tables_each_analysis_names_what_is_missing(two_years):
    found = dict(analyse_themes(Company(two_years)))
    for result in results(found):
        assert len(result.table) or result.warnings, result.name
    said = {result.name: result.warnings for result in results(found)}
    assert said["customer_profit"] == ("not computed: cost table missing",)
    assert said["customer_profit"][0].said("nl") == "niet berekend: kostentabel ontbreekt"
    assert said["whale_curve"] == ("not computed: cost or profit column missing",)


def test_one_theme_alone_and_an_unknown_one(company):
    assert [name for name, _ in analyse_themes(company, ["abc"])] == ["abc"]
    with pytest.raises(InputError, match=r"unknown theme.*pyramid"):
        list(analyse_themes(company, ["piramid"]))


def test_an_unknown_table_is_refused(shop):
    with pytest.raises(InputError, match=r"unknown optional table.*costs"):
        Company(shop, {"cost": pd.DataFrame()})
    assert "costs" in TABLES


def test_the_same_company_twice_gives_the_same_tables(company, themed):
    again = dict(analyse_themes(company, ["segments", "growth", "cross_selling"]))
    for theme, found in again.items():
        for one, other in zip(found, themed[theme], strict=True):
            pd.testing.assert_frame_equal(one.table, other.table)
