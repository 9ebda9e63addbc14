"""Survey, complaints and market as files: read as Dutch spreadsheets write them, refused with their rows."""

import pandas as pd
import pytest

from crm_ml.base.exceptions import CrmMlWarning
from crm_ml.jobs.analyse import run_analyse
from crm_ml.jobs.config import AnalyseConfig
from crm_ml.jobs.optional_tables import read_optional_tables

SURVEY = """customer_id;kind;aspect;score;date
00004;overall;;4,5;31-10-1997
00018;overall;;2;15-10-1997
00018;recommend;;3;15-10-1997
;recommend;;10;15-10-1997
00004;experience;price;3;31-10-1997
00004;expectation;price;4;31-10-1997
"""


@pytest.fixture
def config(tmp_path):
    """Make a config of chosen themes with one table beside the CDNOW sample."""

    def made(name, text, *themes):
        path = tmp_path / f"{name}.csv"
        path.write_text(text, "utf-8")
        return AnalyseConfig(
            data={"dataset": "cdnow_sample"},
            tables={name: str(path)},
            tracking={"enabled": False},
            themes=themes,
            language="nl",
            out=str(tmp_path / "out"),
        )

    return made


def test_ids_keep_their_zeros_and_words_stay_words(tmp_path):
    path = tmp_path / "survey.csv"
    path.write_text(SURVEY, "utf-8")
    found = read_optional_tables({"survey": str(path)})["survey"]
    assert found["customer_id"].tolist()[0] == "00004"
    assert found["date"].tolist()[0] == "31-10-1997"


def test_one_theme_from_a_dutch_spreadsheet(config):
    result = run_analyse(config("survey", SURVEY, "survey"), quiet=True)
    [results] = result.themes.values()
    by_name = {one.name: one for one in results}
    assert by_name["net_promoter_score"].figures["nps"] == 0
    assert by_name["satisfaction"].figures["satisfaction"] == -1
    assert by_name["survey_coverage"].figures["anonymous"] == 1
    page = (result.folder / "analysis.html").read_text("utf-8")
    assert "Aanbevelingsscore (NPS)" in page
    assert "maar 2 antwoorden: het interval is breed" in page
    scores = pd.read_parquet(result.folder / "tables" / "net_promoter_score.parquet")
    assert scores["class"].tolist() == ["promoter", "passive", "detractor"]


def test_a_wrong_score_is_said_with_its_row_and_stops_nothing_else(config):
    wrong = SURVEY.replace("00018;recommend;;3;", "00018;recommend;;12;")
    with pytest.warns(CrmMlWarning, match="the survey table is not used"):
        said = str(run_analyse(config("survey", wrong, "survey", "price"), quiet=True))
    assert "score not between 0 and 10 in row 3" in said
    assert "price: 1 of 2 analyses computed" in said


def test_a_missing_column_is_said_with_the_nearest_name(config):
    market = "product_group,grup_revenue\ncd,1000000\n"
    with pytest.warns(CrmMlWarning, match="the market table is not used"):
        said = str(run_analyse(config("market", market, "market"), quiet=True))
    assert "'group_revenue' (nearest: grup_revenue)" in said


def test_the_market_takes_what_it_has(config):
    market = "product_group,group_revenue,own_revenue,outlets\ncd,1000000,140000,800\n"
    result = run_analyse(config("market", market, "market"), quiet=True)
    row = pd.read_parquet(result.folder / "tables" / "market_ratios.parquet").iloc[0]
    assert row["market_share"] == pytest.approx(0.14)
    assert pd.isna(row["numeric_distribution"])
    assert "market_penetration" in str(result)
