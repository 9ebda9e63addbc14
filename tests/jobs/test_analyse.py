"""The verb that analyses: files, languages, themes, missing tables, wrong input."""

import pandas as pd
import pytest

from crm_ml.base.exceptions import CrmMlWarning, InputError
from crm_ml.data.own_columns import CategoryEncoding, OwnColumns
from crm_ml.data.windows import as_day
from crm_ml.jobs.analyse import run_analyse
from crm_ml.jobs.config import AnalyseConfig
from crm_ml.jobs.optional_tables import read_optional_tables


@pytest.fixture
def settings(tmp_path):
    costs = tmp_path / "costs.csv"
    costs.write_text(
        "activity,customer_id,driver_quantity,pool_cost\nvisits,00004,2,100\nvisits,00018,1,100\n"
    )
    return {
        "data": {"dataset": "cdnow_sample"},
        "analysis": {"period_days": 182, "margin_rate": 0.3},
        "tables": {"costs": str(costs)},
        "tracking": {"enabled": False},
        "language": "nl",
        "out": str(tmp_path / "out"),
    }


def test_the_files_of_chosen_themes(settings):
    result = run_analyse(AnalyseConfig(**settings, themes=("abc", "profitability")), quiet=True)
    folder = result.folder
    assert list(result.themes) == ["abc", "profitability"]
    assert "ABC-analyse" in (folder / "analysis.html").read_text("utf-8")
    assert (folder / "analysis.xlsx").stat().st_size > 5000
    assert pd.read_parquet(folder / "tables" / "abc.parquet")["class"].tolist() == ["A", "B", "C"]
    allocated = pd.read_parquet(folder / "tables" / "customer_profit.parquet")
    assert allocated[["allocated", "unknown_customers"]].sum().sum() == 100
    assert "not computed: contacts table missing" in str(result)
    classes = pd.read_parquet(folder / "customer_classes.parquet")
    assert classes["customer_id"].is_unique
    assert {"abc_class", "account_class", "significant", "profitable"} <= set(classes.columns)


def test_the_same_run_twice_gives_the_same_bytes(settings, tmp_path):
    folders = [
        run_analyse(
            AnalyseConfig(**{**settings, "out": str(tmp_path / name)}, themes=("abc",)), quiet=True
        ).folder
        for name in ("one", "two")
    ]
    for name in ("analysis.html", "analysis.xlsx", "customer_classes.parquet"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_a_workbook_holds_no_endless_sheet(settings, monkeypatch):
    monkeypatch.setattr("crm_ml.jobs.analyse._SHEET_ROWS", 50)
    folder = run_analyse(AnalyseConfig(**settings, themes=("abc",)), quiet=True).folder
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(folder / "analysis.xlsx")
    assert max(sheet.max_row for sheet in book) <= 53  # a header, and below the rows what they are
    assert len(pd.read_parquet(folder / "tables" / "abc_customers.parquet")) > 50


def test_wrong_themes_and_tables_stop_before_anything_is_written(settings, tmp_path):
    with pytest.raises(InputError, match=r"unknown theme.*pyramid"):
        run_analyse(AnalyseConfig(**settings, themes=("piramid",)), quiet=True)
    with pytest.raises(InputError, match=r"unknown optional table.*costs"):
        read_optional_tables({"cost": "costs.csv"})
    with pytest.raises(InputError, match="not readable"):
        read_optional_tables({"costs": str(tmp_path / "no.csv")})
    assert not (tmp_path / "out").exists()


def test_a_csv_shows_its_types(tmp_path):
    path = tmp_path / "contacts.csv"
    path.write_text("customer_id,minutes,answered,note\n007,5,yes,hello\n008,,no,5\n")
    table = read_optional_tables({"contacts": str(path)})["contacts"]
    assert table["customer_id"].tolist() == ["007", "008"]
    assert table["minutes"].isna().tolist() == [False, True]
    assert table["answered"].tolist() == [True, False]
    assert table["note"].tolist() == ["hello", "5"]


def test_classes_join_the_risk_list_after_its_own_columns(settings, tmp_path):
    """Name and order of the list stay; classes come after; nobody is dropped."""
    path = tmp_path / "list.parquet"
    listed = pd.DataFrame(
        {"rank": [1, 2], "customer_id": ["00018", "nobody"], "p_stopped": [0.7, 0.2], "clv": [5.0, 1.0]}
    )
    listed.to_parquet(path)
    chosen = {**settings, "tables": {**settings["tables"], "scores": str(path)}, "class_quarters": 3}
    folder = run_analyse(AnalyseConfig(**chosen, themes=("abc",)), quiet=True).folder
    joined = pd.read_parquet(folder / "risk_list_with_classes.parquet")
    assert list(joined.columns[:4]) == list(listed.columns)
    assert {"pyramid_class", "abc_class", "rfm_segment", "account_class"} <= set(joined.columns[4:])
    assert joined["customer_id"].tolist() == ["00018", "nobody"]
    assert pd.isna(joined.loc[1, "pyramid_class"])


def test_classes_of_earlier_quarters_are_own_columns_that_a_model_can_learn_from(settings):
    """What was known before a cutoff, and only that, is a feature at the cutoff."""
    chosen = {**settings, "class_quarters": 3}
    folder = run_analyse(AnalyseConfig(**chosen, themes=("abc",)), quiet=True).folder
    history = pd.read_parquet(folder / "class_history.parquet")
    days = sorted(history["as_of"].unique())
    assert len(days) == 3
    own = OwnColumns(history)
    known = own.known_at(as_day(days[1]) + 1)
    at = history[history["as_of"] == days[1]].set_index("customer_id")
    assert known["pyramid_class"].tolist() == at["pyramid_class"].reindex(known.index).tolist()
    encoded = CategoryEncoding.fit(known)
    assert {"medium", "small"} <= set(encoded.categories["pyramid_class"])


def test_without_costs_the_folder_holds_a_template_to_fill_in(settings):
    folder = run_analyse(AnalyseConfig(**{**settings, "tables": {}}, themes=("abc",)), quiet=True).folder
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(folder / "costs_template.xlsx")
    assert [cell.value for cell in book["costs"][1]] == [
        "activity", "customer_id", "driver_quantity", "pool_cost",
    ]  # fmt: skip
    assert not (folder / "class_history.parquet").exists()


def test_a_fault_in_one_table_costs_what_needs_it_and_nothing_else(settings, tmp_path):
    """Named in the result, at the top of report and workbook, in both languages; the rest is there."""
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "complaints.csv"
    path.write_text("customer_id,opened\n00004,1998-03-01\n00018,soon\n")
    chosen = {**settings, "tables": {**settings["tables"], "complaints": str(path)}}
    with pytest.warns(CrmMlWarning, match="the complaints table is not used.*row 2"):
        result = run_analyse(AnalyseConfig(**chosen, themes=("abc", "complaints")), quiet=True)
    assert list(result.faults) == ["complaints"]
    assert "The complaints table was not used" in str(result)
    page = (result.folder / "analysis.html").read_text("utf-8")
    assert page.index("De klachtentabel is niet gebruikt") < page.index("<main>")
    assert "in de klachtentabel zit een fout" in page
    contents = openpyxl.load_workbook(result.folder / "analysis.xlsx").worksheets[0]
    assert "De klachtentabel is niet gebruikt" in contents["B2"].value
    assert pd.read_parquet(result.folder / "tables" / "abc.parquet")["class"].tolist() == ["A", "B", "C"]


def test_undated_scores_cost_the_history_of_classes_only_the_classes_that_need_them(settings, tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text("customer_id,learning\n00004,5\n")
    chosen = {**settings, "tables": {"accounts": str(path)}, "class_quarters": 2}
    with pytest.warns(CrmMlWarning, match=r"class_history\.parquet holds no account classes.*as_of"):
        folder = run_analyse(AnalyseConfig(**chosen, themes=("abc",)), quiet=True).folder
    history = pd.read_parquet(folder / "class_history.parquet")
    assert list(history.columns) == ["customer_id", "as_of", "pyramid_class", "abc_class", "rfm_segment"]
