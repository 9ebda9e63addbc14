"""Results of analyses in a workbook and on a page: nothing lost, nothing acting, in the reader's language."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pandas as pd
import pytest

from crm_ml.analysis.results import not_computed
from crm_ml.base.exceptions import InputError
from crm_ml.base.plotting import new_figure
from crm_ml.base.result import Result
from crm_ml.reporting.blocks import result_columns
from crm_ml.reporting.results import write_results_page, write_results_workbook

AS_OF = dt.date(2024, 7, 1)


def plot(result, language):
    figure, (axes,) = new_figure()
    axes.plot([1, 2, 3])
    return figure


@pytest.fixture
def themes():
    abc = Result(
        "abc",
        pd.DataFrame(
            {"class": ["A", "B"], "customers": [3, 9], "share_revenue": [0.8, 0.2], "revenue": [8e3, 2e3]}
        ),
        basis="revenue",
        n=12,
        warnings=("<b>few</b> customers",),
        formula="sort and cumulate",
        source="S3",
        figures={"gini": 0.61234, "total": 10_000.0},
        tables={"by_customer": pd.DataFrame({"customer_id": ["=1+1", "007"], "revenue": [1.5, None]})},
        plotter=plot,
    )
    twin = Result("abc", pd.DataFrame({"x": [1]}, index=pd.Index(["<script>"], name="product_id")))
    return {"segments": [abc, twin], "profitability": [not_computed("whale_curve", "costs")]}


def test_workbook_has_contents_that_lead_to_every_sheet(themes, tmp_path):
    """A reader finds formula, source and notes of every table, and one click leads there."""
    book = openpyxl.load_workbook(
        write_results_workbook(themes, tmp_path / "a.xlsx", as_of=AS_OF, language="en")
    )
    contents = book["Contents"]
    assert book.sheetnames[0] == "Contents"
    targets = [cell.hyperlink.location.split("!")[0].strip("'") for cell in contents["A"] if cell.hyperlink]
    assert targets == [name for name in book.sheetnames[1:] if name != "Key figures"]
    rows = {row[0].value: [cell.value for cell in row] for row in contents.iter_rows(min_row=2)}
    assert rows["Whale curve"][1] == "not computed: cost table missing"
    assert rows["ABC analysis"][0] == "ABC analysis"


def test_workbook_keeps_numbers_text_and_pictures(themes, tmp_path):
    """Numbers stay numbers, ids text, pictures stand beside their table."""
    book = openpyxl.load_workbook(
        write_results_workbook(themes, tmp_path / "a.xlsx", as_of=AS_OF, language="nl")
    )
    sheet = book[book.sheetnames[1]]
    assert [cell.value for cell in sheet[2]] == ["A", 3, 0.8, 8000]
    assert sheet["C2"].number_format == "0%"
    assert len(sheet._images) == 1
    customers = book[book.sheetnames[2]]
    assert [cell.value for cell in customers["A"]][1:3] == ["=1+1", "007"]
    assert customers["A5"].value == "Bedragen zijn: omzet · Aantal (n): 12"
    assert all(cell.data_type != "f" for one in book.worksheets for row in one.iter_rows() for cell in row)
    figures = {row[1].value: row[2].value for row in book["Kerngetallen"].iter_rows(min_row=2)}
    assert 0.61234 in figures.values()
    assert len(set(map(str.casefold, book.sheetnames))) == len(book.sheetnames)
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_page_shows_everything_escaped(themes, tmp_path):
    """Theme, title, note, figure, table, formula and source; markup from data is text."""
    html = write_results_page(themes, tmp_path / "a.html", as_of=AS_OF, language="en").read_text("utf-8")
    for shown in (
        "ABC analysis",
        "&lt;b&gt;few&lt;/b&gt; customers",
        "sort and cumulate",
        "S3",
        "0.612",
        "80%",
        "8,000",
    ):
        assert shown in html, shown
    assert "<script>" not in html
    assert "not computed: cost table missing" in html
    assert html.count("<svg") == 1
    assert html.count("<section") == 2


def test_both_are_the_same_bytes_twice(themes, tmp_path):
    """No clock in workbook, pictures or page."""
    for write, suffix in ((write_results_workbook, "xlsx"), (write_results_page, "html")):
        one, two = (write(themes, tmp_path / f"{name}.{suffix}", as_of=AS_OF).read_bytes() for name in "ab")
        assert one == two


def test_two_columns_with_one_word_stay_two(tmp_path):
    """Two names may translate to the same word; both columns must survive."""
    table = pd.DataFrame({"first": [1], "second": [2.5]})
    _, said, columns = result_columns(table, table.set_axis(["omzet", "omzet"], axis=1))
    assert [column.header for column in columns] == ["omzet", "omzet"]
    assert said["second"].tolist() == [2.5]


def test_nothing_to_show_and_unknown_language(tmp_path):
    """No results still open; a wrong language is refused before anything is written."""
    assert write_results_workbook({}, tmp_path / "a.xlsx", as_of=AS_OF).exists()
    with pytest.raises(InputError, match="language"):
        write_results_page({}, tmp_path / "b.html", as_of=AS_OF, language="fr")
    assert not (tmp_path / "b.html").exists()
